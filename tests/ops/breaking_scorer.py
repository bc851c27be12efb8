"""A scorer that breaks while a file is there, and takes 20 ms for a text: for `python:` specs."""

from __future__ import annotations

import os
import time

from tests.fakes.faulty_scorer import LABELS, FaultyScorer

#: Names the file in the environment of the scorer's process.
FLAG = "BREAKING_SCORER_FLAG"
_TEXT_S = 0.02


class BreakingScorer(FaultyScorer):
    """Approves every text, as long as it works."""

    def score(self, text: str) -> dict[str, float]:
        if os.path.exists(os.environ[FLAG]):
            raise RuntimeError("broken on purpose")
        time.sleep(_TEXT_S)
        return dict.fromkeys(LABELS, 0.1)


def make(threads: int) -> BreakingScorer:
    return BreakingScorer()
