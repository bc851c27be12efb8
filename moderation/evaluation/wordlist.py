"""Which words are known as profane, so that texts with and without one can be told apart."""

from __future__ import annotations

from pathlib import Path

from moderation.evaluation.sets import read
from moderation.training.split import words

PROFANITY = "surge_profanity/profanity_en"
SHORTEST = 3


def profane_words(data: Path) -> frozenset[str]:
    """Return the list's single words of three letters or more, in lower case."""
    listed = (str(row["text"]).lower() for row in read(data, PROFANITY, "text"))
    return frozenset(word for word in listed if word.isalpha() and len(word) >= SHORTEST)


def has_listed(text: str, listed: frozenset[str]) -> bool:
    """Return whether a word of the text is on the list."""
    return not listed.isdisjoint(words(text))
