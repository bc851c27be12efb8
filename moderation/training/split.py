"""Which comments train, which calibrate and which test; and that no copy of one crosses over.

A natural comment's part follows from the hash of its normalised text, so it never moves when
data is added. Training rows that repeat a held-out comment, or share half of its word sequences,
are dropped whatever source they come from. Nothing here reads files.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from moderation.training.datasets import Comment

#: Shares of the natural comments, in thousandths.
TEST, CALIBRATION = 225, 100

#: Words in a shingle, and the share of the shorter text's shingles that makes a near-duplicate.
SHINGLE = 4
NEAR = 0.5


@dataclass(frozen=True, slots=True)
class Split:
    """Disjoint sets; `dropped` counts the training rows that resembled a held-out one.

    `watched` is what was held out of the other sources, to measure on and for nothing else.
    """

    training: list[Comment]
    calibration: list[Comment]
    test: list[Comment]
    watched: list[Comment]
    dropped: int


def split(
    natural: Iterable[Comment],
    auxiliary: Iterable[Comment],
    *,
    watched: Collection[str] = frozenset(),
) -> Split:
    """Divide the natural comments and clean everything that trains of what was held out.

    Of the auxiliary sources named in `watched`, the part that calibrates is held out.
    """
    parts: dict[str, list[Comment]] = {"training": [], "calibration": [], "test": []}
    for comment in natural:
        parts[part_of(comment.text)].append(comment)
    test = distinct(parts["test"])
    near_test = NearDuplicates(comment.text for comment in test)
    calibration = [c for c in distinct(parts["calibration"]) if c.text not in near_test]
    candidates = parts["training"]
    seen_apart: list[Comment] = []
    for comment in auxiliary:
        apart = comment.source in watched and part_of(comment.text) == "calibration"
        (seen_apart if apart else candidates).append(comment)
    held = NearDuplicates(comment.text for comment in [*test, *calibration, *seen_apart])
    training = [comment for comment in candidates if comment.text not in held]
    return Split(training, calibration, test, seen_apart, len(candidates) - len(training))


def words(text: str) -> list[str]:
    """Return the text as compared: NFKC, case-folded, letters and digits only."""
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())


def spelled(text: str) -> str:
    """Return what two spellings of one text have in common."""
    return " ".join(words(text))


def part_of(text: str) -> str:
    """Return `test`, `calibration` or `training`, the same for each spelling of one text."""
    digest = hashlib.blake2b(spelled(text).encode(), digest_size=8).digest()
    place = int.from_bytes(digest, "big") % 1000
    if place < TEST:
        return "test"
    return "calibration" if place < TEST + CALIBRATION else "training"


def distinct(comments: Iterable[Comment]) -> list[Comment]:
    """Return the comments with the first of each normalised text only."""
    first: dict[str, Comment] = {}
    for comment in comments:
        first.setdefault(spelled(comment.text), comment)
    return list(first.values())


class NearDuplicates:
    """Answers whether a text repeats, contains or is contained in one of a set of texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._exact: set[str] = set()
        self._holders: dict[int, list[int]] = defaultdict(list)
        self._sizes: list[int] = []
        for number, text in enumerate(texts):
            tokens = words(text)
            self._exact.add(" ".join(tokens))
            shingles = _shingles(tokens)
            self._sizes.append(len(shingles))
            for shingle in shingles:
                self._holders[shingle].append(number)

    def __contains__(self, text: str) -> bool:
        tokens = words(text)
        if " ".join(tokens) in self._exact:
            return True
        shingles = _shingles(tokens)
        shared = Counter(n for shingle in shingles for n in self._holders.get(shingle, ()))
        return any(
            count >= NEAR * min(len(shingles), self._sizes[number])
            for number, count in shared.items()
        )


def _shingles(tokens: list[str]) -> set[int]:
    return {
        hash(tuple(tokens[start : start + SHINGLE])) for start in range(len(tokens) - SHINGLE + 1)
    }
