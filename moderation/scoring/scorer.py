"""The Scorer protocol: one text in, one probability a label out.

A scorer is blocking and single-threaded; it runs inside a supervised child process
(`supervisor.py`), never on the event loop. It scores one text at a time, because a score must not
depend on its neighbours in a batch (dynamic int8 moves with them).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from moderation.domain.scores import ModelInfo, Scores


class ScorerUnavailableError(RuntimeError):
    """The scorer can't be loaded here: its extra is not installed, or its files are not intact.

    The message is for the operator and says what to do.
    """


@dataclass(frozen=True, slots=True)
class Reading:
    """A text's scores and, of a long one, the part that the highest of them came from.

    `worst_part` counts code points of the text, end exclusive; None for a text read at once.
    """

    scores: Scores
    worst_part: tuple[int, int] | None = None


class Scorer(Protocol):
    """A loaded model."""

    @property
    def model(self) -> ModelInfo:
        """Name and version, as they stand in decisions and metrics, and the languages it reads."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that each answer carries, in order."""
        ...

    def score(self, text: str) -> Scores:
        """Score one text: label → probability in [0, 1], all labels.

        Long texts are scored by overlapping windows and the worst counts; what would take longer
        than a text may is refused (`windows.TextTooLongError`). The result does not depend on any
        other text scored before or beside it.
        """
        ...


@runtime_checkable
class PlacingScorer(Scorer, Protocol):
    """A scorer that also says which part of a long text was the worst; one's own need not."""

    def read(self, text: str) -> Reading:
        """Score one text as `score` does, and say where the highest score came from."""
        ...
