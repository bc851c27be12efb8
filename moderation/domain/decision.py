"""What can be decided, by whom, and why.

Principle: a model, a rule or a failure may approve or hold; only a person rejects. `Verdict`
refuses to be anything else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from moderation.domain.scores import ModelInfo, Scores


class Decision(StrEnum):
    """The outcome that a CMS acts on."""

    APPROVE = "approve"
    HOLD = "hold"
    REJECT = "reject"


class DecidedBy(StrEnum):
    """Who or what decided."""

    MODEL = "model"
    RULE = "rule"
    PERSON = "person"
    FALLBACK = "fallback"  # there was no score; always a hold


class ReasonCode(StrEnum):
    """Why; the closed set that stands in answers, logs and metrics."""

    BELOW_THRESHOLDS = "below_thresholds"
    SCORE_OVER_THRESHOLD = "score_over_threshold"
    LABEL_MISSING = "label_missing"
    UNSCORED = "unscored"
    NOTHING_TO_READ = "nothing_to_read"
    UNREAD_LANGUAGE = "unread_language"
    DISGUISED_TEXT = "disguised_text"
    BANNED_WORD = "banned_word"
    SUSPECT_WORD = "suspect_word"
    LINKS = "links"
    FIRST_TIME_AUTHOR = "first_time_author"
    REPEATED_TEXT = "repeated_text"
    ARTICLE_HELD = "article_held"
    ARTICLE_CLOSED = "article_closed"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. `score` and `threshold` are probabilities; `detail` may hold a matched word."""

    code: str
    label: str | None = None
    score: float | None = None
    threshold: float | None = None
    detail: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return all five fields, absent ones as null."""
        return asdict(self)


def gap(compared: Iterable[tuple[float | None, float | None]]) -> float:
    """Return how far the score that decided is from its threshold, in [0, 1].

    `compared`: score and threshold of each reason. The label that is furthest over decides: all of
    them would have to fall for another decision. 1 where no score was compared at all.
    """
    over = [score - limit for score, limit in compared if score is not None and limit is not None]
    return abs(max(over)) if over else 1.0


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """Which policy decided."""

    name: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A machine's decision with everything that explains it.

    `severity` in [0, 1] orders the review queue; it is the worst held score, or the weight of the
    worst rule. `language` is the text's, detected or as the caller said; None if nobody knows.
    `worst_part`: where a long text's highest score came from, in code points of the submitted text,
    end exclusive; None for a text that was read at once.
    """

    decision: Decision
    decided_by: DecidedBy
    reasons: tuple[Reason, ...]
    scores: Scores | None
    model: ModelInfo | None
    policy: PolicyRef
    severity: float
    language: str | None = None
    worst_part: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """Refuse what no machine may decide."""
        if self.decision is Decision.REJECT or self.decided_by is DecidedBy.PERSON:
            raise ValueError("only a person rejects")
        scores = (self.scores or {}).values()
        if self.decision is Decision.APPROVE and not (scores and all(map(math.isfinite, scores))):
            raise ValueError("nothing is approved without a finite score")
