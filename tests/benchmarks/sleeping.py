"""A scorer that takes time and no CPU: it sleeps as long as a model would work.

With it a machine of two cores shows what many workers do, each of which would have cores of its
own. `SLEEPING_MS` says how long a text takes.
"""

from __future__ import annotations

import os
import time

from moderation.domain.scores import ModelInfo, Scores


class SleepingScorer:
    """Holds every text."""

    model = ModelInfo("sleeping", "1")
    labels = ("toxicity",)

    def __init__(self) -> None:
        self._seconds = float(os.environ["SLEEPING_MS"]) / 1000

    def score(self, text: str) -> Scores:
        """Return the same after the same time."""
        time.sleep(self._seconds)
        return {"toxicity": 0.9}


def make(*, threads: int) -> SleepingScorer:
    """Return one, as a scorer's factory does."""
    return SleepingScorer()
