"""Agreement with Perspective: the scores that this service's users may be used to."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from moderation.evaluation.chapter import Chapter, Figure, Table
from moderation.evaluation.judge import Judge
from moderation.evaluation.metrics import Floats, auc, reliability, spearman
from moderation.evaluation.plots import Curve, curves
from moderation.evaluation.sets import distinct, held_out, read, sample

SCORES = "perspective_scores/texts_with_perspective_scores"
#: Label here → Perspective's attribute.
ATTRIBUTES = {
    "toxicity": "toxicity",
    "severe_toxicity": "severe_toxicity",
    "obscene": "profanity",
    "threat": "threat",
    "insult": "insult",
    "identity_attack": "identity_attack",
}
MOST = 4000
MOST_TALK = 1500

_TEXT = """\
Real answers of Perspective's API to short texts about groups of people, half of them hateful and
few with profanity, the hardest there are for both; and to talk-page comments (CAT). The API's own
AUC on the same texts stands beside ours. Scores are probabilities of different things: Perspective
asks what share of readers would call a comment toxic, so it scores higher where few would."""


class PerspectiveScores:
    """The chapter on agreement with another judge."""

    def __init__(self, data: Path, most: int) -> None:
        rows = read(data, SCORES, "text", "class_", *ATTRIBUTES.values())
        chosen = sample(
            distinct(rows, lambda row: str(row["text"])),
            min(most, MOST),
            lambda row: str(row["text"]),
        )
        self._texts = [str(row["text"]) for row in chosen]
        self._theirs = {
            label: np.array([float(row[attribute]) for row in chosen])
            for label, attribute in ATTRIBUTES.items()
        }
        self._hateful = np.array([row["class_"] != "non_toxic" for row in chosen], dtype=bool)
        talk = held_out(read(data, "cat_wikipedia_context/cat_large_gn", "text", "api"), "text")
        talk = sample(
            distinct(talk, lambda row: str(row["text"])),
            min(most, MOST_TALK),
            lambda row: str(row["text"]),
        )
        self._talk = [str(row["text"]) for row in talk]
        self._talk_theirs: Floats = np.array([float(row["api"]) for row in talk])

    def texts(self) -> list[str]:
        """Return all texts that are measured."""
        return [*self._texts, *self._talk]

    def measure(self, judge: Judge) -> Chapter:
        """Return the chapter."""
        agreement: dict[str, dict[str, Figure]] = {}
        lines = []
        for label, theirs in self._theirs.items():
            if label in judge.labels:
                ours = judge.score(self._texts, label)
                agreement[label] = _agreement(ours, theirs)
                points = [(b.score, b.positive) for b in reliability(theirs, ours)]
                lines.append(Curve(label, points))
        talk = judge.score(self._talk)
        agreement["toxicity, talk pages"] = _agreement(talk, self._talk_theirs)
        picture = curves(lines, across="score here", up="mean score of Perspective")
        ranking: dict[str, dict[str, Figure]] = {
            name: {"texts": len(self._texts), "AUC": auc(self._hateful, scores)}
            for name, scores in (
                ("this model, toxicity", judge.score(self._texts)),
                ("this model, decision", judge.margin(self._texts)),
                ("Perspective, toxicity", self._theirs["toxicity"]),
                ("Perspective, identity_attack", self._theirs["identity_attack"]),
            )
        }
        return Chapter(
            "perspective",
            "Agreement with Perspective",
            _TEXT,
            {
                "agreement": Table("label", agreement),
                "ranking": Table("hateful against harmless, by", ranking),
            },
            {"perspective": picture},
            {"perspective": agreement["toxicity"]["Spearman"]},
        )


def _agreement(ours: Floats, theirs: Floats) -> dict[str, Figure]:
    return {
        "texts": len(ours),
        "Spearman": spearman(ours, theirs),
        "mean score here": float(ours.mean()),
        "mean score there": float(theirs.mean()),
        "mean distance": float(np.abs(ours - theirs).mean()),
    }
