"""A scorer for the tests of the page: everything is held, and a rude word is why.

A text with a rude word has 0.95, any other 0.55, so that what raised the score is known.
"""

from __future__ import annotations

from moderation.domain.scores import ModelInfo, Scores

LABELS = ("toxicity", "insult")
RUDE = ("idiot", "fool", "rubbish")


class MildScorer:
    """Scores by words alone."""

    model = ModelInfo("mild", "1")
    labels = LABELS

    def score(self, text: str) -> Scores:
        rude = any(word in text.lower() for word in RUDE)
        return {"toxicity": 0.95 if rude else 0.55, "insult": 0.1}


def make(*, threads: int) -> MildScorer:
    return MildScorer()
