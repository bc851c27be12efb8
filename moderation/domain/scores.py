"""Scores: what a model says of one text, checked before anything trusts it.

A score is a probability in [0, 1] for one label. Whatever is not a finite number in that range,
for exactly the labels that the model promised, is a `BadScore` and never reaches a decision.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

#: The labels of Detoxify's `original` models, in its order and with its public names
#: (source: unitaryai/detoxify, `detoxify/detoxify.py`).
LABELS: tuple[str, ...] = (
    "toxicity",
    "severe_toxicity",
    "obscene",
    "threat",
    "insult",
    "identity_attack",
)

#: All labels of Detoxify's published models: `unbiased` and `multilingual` give one more.
KNOWN_LABELS = frozenset({*LABELS, "sexual_explicit"})

Scores = dict[str, float]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model a score came from; stands in every decision.

    `languages`: the ISO 639 codes of the languages that it was trained on; None means all.
    """

    name: str
    version: str
    languages: tuple[str, ...] | None = None


class BadScoreError(ValueError):
    """A scorer answered with something that is not a probability for each of its labels."""


def in_digits(threshold: float) -> str:
    """Return a threshold in words for people: with the digits that it has, two at least."""
    whole, _, digits = f"{threshold:.6f}".rstrip("0").partition(".")
    return f"{whole}.{digits:0<2}"


def checked(scores: Mapping[str, object], labels: tuple[str, ...]) -> Scores:
    """Return the scores as plain floats in the order of `labels`.

    Raises BadScoreError for a missing or extra label, a non-number, NaN, infinity, or a value
    outside [0, 1]. The message names labels only, never the text that was scored.
    """
    if set(scores) != set(labels):
        raise BadScoreError("the scorer's labels are not the labels that it promised")
    good: Scores = {}
    for label in labels:
        value = scores[label]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadScoreError(f"{label}: not a number")
        if not math.isfinite(value):
            raise BadScoreError(f"{label}: not finite")
        if not 0.0 <= value <= 1.0:
            raise BadScoreError(f"{label}: not a probability")
        good[label] = float(value)
    return good


class UnscoredReason(StrEnum):
    """Why a text has no score; each of them holds the comment (reason code `unscored`)."""

    ERROR = "scorer_error"  # the scorer raised
    TIMEOUT = "scorer_timeout"  # it did not answer in time and was killed
    CRASHED = "scorer_crashed"  # its process ended while it had this text
    BAD_SCORE = "bad_score"  # NaN, out of range, wrong labels, wrong shape
    UNAVAILABLE = "scorer_unavailable"  # no scorer was there to ask within the time allowed
    EXHAUSTED = "attempts_exhausted"  # delivered too often without an outcome


@dataclass(frozen=True, slots=True)
class Scored:
    """A text's finite scores and who gave them. `seconds` is the scorer's own time.

    `language`: the ISO 639 code of the text's language, None where detection is not sure.
    `worst_part`: of a text in several windows, the one with the highest score of all labels, in
    code points of the text as scored, end exclusive; None otherwise.
    """

    scores: Scores
    model: ModelInfo
    seconds: float
    language: str | None = None
    worst_part: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Unscored:
    """No score, and why."""

    reason: UnscoredReason


Outcome = Scored | Unscored
