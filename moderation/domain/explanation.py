"""What raised the scores of a text: which of its parts to read again, and what follows from that.

Sentences first, each by itself; then the words of the one that is worst, in two readings each: the
sentence without the word, and the word alone. Neither does by itself: of two insults neither is
missed, and alone a word knows no negation. Pure; who reads, and for how long, is the caller's.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from moderation.domain.scores import Scores
from moderation.domain.spans import Span, Utf16, words
from moderation.domain.text import View

#: Labels below it are not explained: there is next to nothing to say of them.
FLOOR = 0.1
#: The most words that are named for a label.
MOST_WORDS = 10
#: A text that says nothing: what a word alone is compared with.
NOTHING = "."
#: Keeps the log-odds of a certain score finite (14 either way).
_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence and the two texts that are read for it."""

    span: Span
    without: str
    alone: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A part of a text by itself: its own scores, and its words."""

    span: Span
    scores: Scores
    words: Sequence[Word]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A word and what it does to a score, in log-odds: above 0 it raises it, below it lowers it."""

    span: Span
    weight: float


def labels_of(scores: Scores, held_for: Collection[str]) -> list[str]:
    """Return the labels to explain, the worst first: over the floor or held for."""
    chosen = [label for label, score in scores.items() if score >= FLOOR or label in held_for]
    return sorted(chosen, key=lambda label: -scores[label])


def worst_first(parts: Sequence[Span], view: View, worst: tuple[int, int] | None) -> Sequence[Span]:
    """Return parts of `view`, those first that reach into a place of the original; else in order.

    In a long text that is the place that counted: if time runs out, it was read.
    """
    if worst is None:
        return parts
    start, end = worst

    def is_outside(part: Span) -> bool:
        begins, ends = view.span(*part)
        return ends <= start or begins >= end

    return sorted(parts, key=is_outside)


def worst_of(label: str, parts: Mapping[Span, Scores]) -> Span | None:
    """Return the part with the label's highest score, the first of equals; None without parts."""
    return max(parts, key=lambda part: parts[part][label], default=None)


def sentence_of(text: str, span: Span, scores: Scores) -> Sentence:
    """Return a part of `text` with what to read for each of its words."""
    found = [
        Word(word, span.without(word, text).strip() or NOTHING, word.of(text))
        for word in words(text, span)
    ]
    return Sentence(span, scores, found)


def texts_of(sentences: Iterable[Sentence]) -> Iterator[str]:
    """Yield the texts to read for the words of sentences, in order."""
    yield NOTHING
    for sentence in sentences:
        for word in sentence.words:
            yield word.without
            yield word.alone


def weighed(label: str, sentence: Sentence, read: Mapping[str, Scores]) -> list[Weighed]:
    """Return the words that raised a label's score most, the strongest first.

    `read`: the scores of texts. A word of which a text was not read is left out.
    """

    def log_odds(text: str) -> float:
        return _log_odds(read[text][label])

    whole = _log_odds(sentence.scores[label])
    found = [
        Weighed(
            word.span,
            (whole - log_odds(word.without) + log_odds(word.alone) - log_odds(NOTHING)) / 2,
        )
        for word in sentence.words
        if {word.without, word.alone, NOTHING} <= read.keys()
    ]
    return sorted(found, key=lambda word: -word.weight)[:MOST_WORDS]


def _log_odds(score: float) -> float:
    bounded = min(max(score, _LEAST), 1 - _LEAST)
    return math.log(bounded / (1 - bounded))


class Places:
    """The way from a part of what was read to its place in the text as submitted."""

    def __init__(self, view: View, submitted: str) -> None:
        self._view = view
        self._utf16 = Utf16(submitted)

    def of(self, span: Span) -> dict[str, int]:
        """Return where a part stands, in code points and in UTF-16 code units."""
        start, end = self._view.span(*span)
        return {
            "start": start,
            "end": end,
            "utf16_start": self._utf16.offset(start),
            "utf16_end": self._utf16.offset(end),
        }
