"""Whether a score is a probability as served, after the maxima over readings and windows."""

from __future__ import annotations

import numpy as np

from moderation.domain.scores import LABELS
from moderation.evaluation.chapter import Chapter, Figure, Table
from moderation.evaluation.judge import Judge
from moderation.evaluation.metrics import Bools, Floats, ece, reliability, share
from moderation.evaluation.natural import JigsawRows
from moderation.evaluation.plots import Curve, curves

#: The scores that "0.8" stands for.
AROUND = (0.7, 0.9)

_TEXT = """\
On the held-out natural comments. ECE is the mean distance between a score and the share of comments
that deserve it, over ten bins of equal width. An unknown label of a comment that is not toxic
counts as absent, as in training."""


class Calibration:
    """The chapter on probabilities."""

    def __init__(self, natural: JigsawRows) -> None:
        self._rows = natural

    def texts(self) -> list[str]:
        """Return all texts that are measured."""
        return self._rows.texts

    def measure(self, judge: Judge) -> Chapter:
        """Return the chapter; the goal is the distance of scores around 0.8 from what came."""
        rows = self._rows
        labels: dict[str, dict[str, Figure]] = {}
        for column, label in enumerate(LABELS):
            if label in judge.labels:
                truth, scores = _implied(rows, column, judge.score(rows.texts, label))
                means = (
                    float(values.mean()) if len(values) else None for values in (scores, truth)
                )
                labels[label] = dict(
                    zip(("mean score", "fraction that has it"), means, strict=True),
                    ECE=ece(truth, scores),
                )
        toxic, scores = rows.toxic, judge.score(rows.texts)
        bins = reliability(toxic, scores)
        table: dict[str, dict[str, Figure]] = {
            f"from {b.low:.1f}": {
                "comments": b.count,
                "mean score": b.score,
                "fraction toxic": b.positive,
            }
            for b in bins
        }
        points = [(b.score, b.positive) for b in bins]
        picture = curves([Curve("toxicity", points)], across="score", up="share of toxic comments")
        around, gap = _around(toxic, scores)
        return Chapter(
            "calibration",
            "Calibration",
            _TEXT,
            {
                "labels": Table("label", labels),
                "toxicity": Table("toxicity score", table),
                "around": Table("toxicity score", {f"{AROUND[0]} to {AROUND[1]}": around}),
            },
            {"reliability": picture},
            {"calibration": gap},
        )


def _implied(rows: JigsawRows, column: int, scores: Floats) -> tuple[Floats, Floats]:
    truth = rows.truth[:, column]
    truth = np.where(np.isnan(truth) & ~rows.toxic, 0.0, truth)
    known = ~np.isnan(truth)
    return truth[known], scores[known]


def _around(toxic: Bools, scores: Floats) -> tuple[dict[str, Figure], float | None]:
    inside = (scores >= AROUND[0]) & (scores < AROUND[1])
    if not inside.any():
        return {"comments": 0}, None
    mean, came = float(scores[inside].mean()), float(toxic[inside].mean())
    row: dict[str, Figure] = {"comments": int(inside.sum()), "mean score": mean}
    return row | {"fraction toxic": share(toxic[inside])}, abs(mean - came)
