"""The texts that an exported model is compared on: a file of one's own, or mild made-up ones.

No text, and no line that could not be read, is ever shown or raised.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pyarrow import ArrowException


class SamplesError(ValueError):
    """A file is not one of texts. Says where, not what stands there."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A text, and whether people called it toxic; None where nobody said."""

    text: str
    toxic: bool | None = None


_SENTENCES = (
    "You are an idiot, and I will say so again.",
    "What a lovely day! Thank you for this careful article.",
    "Nobody with a brain would vote for such nonsense.",
    "THIS IS RIDICULOUS!!! Who writes this stuff?!",
    "i dont think ur right, sorry :)",
    "Shut up, you silly old fool.",
    "The council meets on Tuesday at 7.30 pm; bring your own chair.",
    "Das ist doch Blödsinn, schöne Grüße aus Köln.",
    "Vous êtes vraiment un imbécile, monsieur.",
    "¿Qué tontería es esta? Vaya día, señor.",
    "Che sciocchezza, ma grazie per l'articolo.",
    "Isso é uma bobagem, você não leu o texto.",
    "Bu çok güzel, ama gülünç bir yorum.",
    "Это глупость, но спасибо за статью.",
    "这篇文章写得很好。谢谢。",
    "هذا كلام فارغ، شكرا على المقال",
)
_ODD = (
    "",
    " \t\r\n ",
    ".",
    "👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 you 😀",
    "\uff59\uff4f\uff55 are an \uff49\uff44\uff49\uff4f\uff54",  # fullwidth letters
    "y.o.u a r e an i-d-i-o-t",
    "e" + "\u0301" * 60,
    "a\x00b \x1b[31mred\x7f",
    "a" * 300,
    "https://example.org/?a=1&b=%20 @you #day",
    "[CLS] you [SEP] <s> are </s> <pad> [PAD] <mask> [MASK]",
)
#: Of sentences and oddities: each alone, then texts of many windows.
MADE_UP = tuple(
    Sample(text)
    for text in (
        *_SENTENCES,
        *_ODD,
        " ".join(_SENTENCES) * 4,
        "What a lovely day. " * 150 + _SENTENCES[0],
    )
)


def read(path: Path) -> list[Sample]:
    """Return the texts of a Parquet file, or else of JSON lines: {"text": …, "toxic": 0 or 1}.

    `toxic` may be missing or null. Raises SamplesError.
    """
    rows = _parquet(path) if path.suffix == ".parquet" else _lines(path)
    samples = [_sample(row, f"{path}, row {number}") for number, row in enumerate(rows, 1)]
    if not samples:
        raise SamplesError(f"{path} has no text")
    return samples


def _parquet(path: Path) -> Iterator[Any]:
    try:
        known = set(pq.read_schema(path).names)
        rows: list[Any] = pq.read_table(
            path, columns=[name for name in ("text", "toxic") if name in known]
        ).to_pylist()
    except (ArrowException, OSError) as error:
        raise SamplesError(f"{path} can't be read as Parquet ({type(error).__name__})") from None
    yield from rows


def _lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        for line in file:
            if line.strip():
                try:
                    yield json.loads(line)
                except (ValueError, RecursionError):
                    yield None


def _sample(row: object, where: str) -> Sample:
    text, toxic = (row.get("text"), row.get("toxic")) if isinstance(row, dict) else (None, None)
    if not isinstance(text, str) or toxic not in (None, 0, 1):
        raise SamplesError(f'{where} is not {{"text": …, "toxic": 0 or 1 or left out}}')
    # As scoring does: a lone surrogate has no UTF-8 form, which tokenizers need.
    clean = text.encode("utf-8", "replace").decode()
    return Sample(clean, None if toxic is None else bool(toxic))
