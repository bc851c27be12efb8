"""Where the comments come from: a parquet file, JSON lines, or mild made-up sentences.

A text leaves this driver only in a request to the service; it is kept out of every repr.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

_COLUMNS = ("text", "comment_text")

_OPENINGS = ("I think", "Honestly,", "To be fair,", "As a reader, I find that", "Well,")
_CLAIMS = (
    "the bridge should have been repaired last year",
    "this is the best article on bees so far",
    "the author forgot the second half of the story",
    "you are an idiot",
    "nobody asked the neighbours",
    "your argument is silly and so are you",
    "the photographs are lovely",
    "trains were never on time here",
)
_POINTS = 99
_ENDINGS = (".", "!", ", in my opinion.", ", and thank you for asking.")


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment as the CMS knows it; `sha` is the SHA-256 of the text in hex."""

    external_id: str
    text: str = field(repr=False)
    sha: str


def read_comments(path: Path, count: int) -> list[Comment]:
    """Return up to `count` comments of a `.parquet` or JSON-lines file, named by their line.

    Lines without text, or with text that is no Unicode (a lone surrogate), are left out.
    """
    texts = _parquet(path) if path.suffix == ".parquet" else _json_lines(path)
    fit = (
        (line, text)
        for line, text in enumerate(texts, 1)
        if isinstance(text, str) and _is_fit(text)
    )
    return [_comment(line, text) for line, text in islice(fit, count)]


def mild_comments(count: int, seed: int) -> list[Comment]:
    """Return generated comments, seldom the same: a text that repeats is held by a rule."""
    pick = random.Random(seed)
    texts = (
        f"On point {pick.randint(1, _POINTS)}: {pick.choice(_OPENINGS)} {pick.choice(_CLAIMS)}"
        f"{pick.choice(_ENDINGS)}"
        for _ in range(count)
    )
    return [_comment(line, text) for line, text in enumerate(texts, 1)]


def _comment(line: int, text: str) -> Comment:
    return Comment(f"line-{line}", text, hashlib.sha256(text.encode()).hexdigest())


def _parquet(path: Path) -> Iterator[object]:
    import pyarrow.parquet as pq
    import pyarrow.types as kinds

    with pq.ParquetFile(path) as file:
        names = [
            column.name
            for column in file.schema_arrow
            if kinds.is_string(column.type) or kinds.is_large_string(column.type)
        ]
        for batch in file.iter_batches(columns=[_column(names, path)]):
            yield from batch.column(0).to_pylist()


def _json_lines(path: Path) -> Iterator[object]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield row[_column([k for k, v in row.items() if isinstance(v, str)], path)]


def _column(names: Iterable[str], path: Path) -> str:
    found = list(names)
    if not found:
        raise ValueError(f"{path.name} has no column of text")
    return next((name for name in _COLUMNS if name in found), found[0])


def _is_fit(text: str) -> bool:
    return bool(text.strip()) and not any("\ud800" <= letter <= "\udfff" for letter in text)
