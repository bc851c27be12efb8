"""A scorer whose answers follow from a text's words, for `python:` specs, with faults on demand."""

from __future__ import annotations

from moderation.domain.scores import ModelInfo, Scores

LABELS = ("toxicity", "insult")
RUDE = ("idiot", "fool", "stupid")


class WordScorer:
    """Rude words are toxic, one group is disliked without a reason, and `fault` fails."""

    model = ModelInfo("word-scorer", "7")
    labels = LABELS

    def score(self, text: str) -> Scores:
        words = text.lower().replace(".", " ").replace("!", " ").split()
        if "fault" in words:
            raise ValueError(text)
        rude = sum(word in RUDE for word in words)
        disliked = "muslim" in words
        toxicity = 0.9 if rude else 0.6 if disliked else 0.02 + 0.001 * (len(text) % 50)
        return {"toxicity": toxicity, "insult": 0.8 * toxicity}


def make(*, threads: int) -> WordScorer:
    assert threads == 1
    return WordScorer()
