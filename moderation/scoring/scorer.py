"""The Scorer protocol: one text in, one probability a label out.

A scorer is blocking and single-threaded; it runs inside a supervised child process
(`supervisor.py`), never on the event loop. It scores one text at a time, because a score must not
depend on its neighbours in a batch (dynamic int8 moves with them).
"""

from __future__ import annotations

from typing import Protocol

from moderation.domain.scores import ModelInfo, Scores


class ScorerUnavailableError(RuntimeError):
    """The scorer can't be loaded here: its extra is not installed, or its files are not intact.

    The message is for the operator and says what to do.
    """


class Scorer(Protocol):
    """A loaded model."""

    @property
    def model(self) -> ModelInfo:
        """Name and version, as they stand in decisions and metrics."""
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
