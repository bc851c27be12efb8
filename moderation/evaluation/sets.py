"""The labelled sets that are measured on, as texts with a truth each.

A source that may train is measured on one part only, by the rule that training keeps
(`training/split.py`: the hash of the normalised text). Training does not watch every source: each
set says whether its rows may have trained. Samples follow a hash of the text, so they
never depend on the order of a file. Texts stay in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow.parquet as pq

from moderation.evaluation.metrics import Bools
from moderation.training.split import part_of, words

T = TypeVar("T")

#: What a table's column `rows` says of a set.
NEVER = "never trained on"
HELD_OUT = "held out"
MAYBE_SEEN = "perhaps trained on"

#: The part of a source beside the natural comments that training sets aside and uses for nothing.
SET_ASIDE = "calibration"

#: Lengths that are counted apart: the most words → its name.
LENGTHS = {10.0: "up to 10 words", 35.0: "11 to 35", 140.0: "36 to 140", inf: "over 140"}


@dataclass(frozen=True, slots=True)
class Labelled:
    """Texts, whether each is a positive one, and whether a model may have seen them."""

    texts: Sequence[str]
    positive: Bools
    origin: str

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, bool]], origin: str, most: int) -> Labelled:
        """Return a sample of at most `most` different texts."""
        chosen = sample(distinct(pairs, lambda pair: pair[0]), most, lambda pair: pair[0])
        flags = np.array([positive for _, positive in chosen], dtype=bool)
        return cls([text for text, _ in chosen], flags, origin)


def read(data: Path, source: str, *columns: str) -> list[dict[str, Any]]:
    """Return a source's rows. Raises FileNotFoundError when it is not under `data`."""
    rows: list[dict[str, Any]] = pq.read_table(
        data / f"{source}.parquet", columns=list(columns)
    ).to_pylist()
    return rows


def held_out(rows: Iterable[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    """Return the rows that training leaves alone where it watches the source."""
    return [row for row in rows if part_of(str(row[column])) == SET_ASIDE]


def sample(items: Sequence[T], most: int, text: Callable[[T], str]) -> list[T]:
    """Return at most `most` items, chosen by their text's hash, in the order given."""
    if len(items) <= most:
        return list(items)
    order = sorted(range(len(items)), key=lambda index: digest(text(items[index])))
    return [items[index] for index in sorted(order[:most])]


def distinct(items: Iterable[T], text: Callable[[T], str]) -> list[T]:
    """Return the items with the first of each normalised text only, and none without a word."""
    first: dict[str, T] = {}
    for item in items:
        first.setdefault(" ".join(words(text(item))), item)
    first.pop("", None)
    return list(first.values())


def digest(text: str) -> bytes:
    """Return what a text's place in a sample follows from."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()


def length_of(text: str) -> str:
    """Return which of `LENGTHS` a text has."""
    count = len(text.split())
    return next(name for most, name in LENGTHS.items() if count <= most)
