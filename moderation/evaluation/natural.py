"""Natural Wikipedia comments that training holds out: ranking a label, and what is held."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from moderation.domain.scores import LABELS
from moderation.evaluation.chapter import Chapter, Figure, Table
from moderation.evaluation.contrast import contrast
from moderation.evaluation.judge import Judge
from moderation.evaluation.metrics import auc_interval, average_precision, share
from moderation.evaluation.sets import (
    HELD_OUT,
    MAYBE_SEEN,
    SET_ASIDE,
    Labelled,
    distinct,
    read,
    sample,
)
from moderation.training.split import part_of

NATURAL = "jigsaw2018/natural_dev"
ENRICHED = "jigsaw2018/enriched_dev"
#: Jigsaw's column for each of `LABELS`.
COLUMNS = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")

MOST_ENRICHED = 1500

_TEXT = """\
Comments as they came to Wikipedia's talk pages (Jigsaw 2018), about one in ten toxic. The labels
below `toxicity` are known for a part only, and that part holds more toxic ones: read them as an
order, not as a rate. The enriched rows hold many more toxic ones than people write; they are there
for the labels that are rare."""


class JigsawRows:
    """One part of a Jigsaw file; `truth` is (comments, labels), NaN where unknown."""

    def __init__(self, data: Path, source: str, most: int, *, part: str = "test") -> None:
        rows = read(data, source, "comment_text", *COLUMNS)
        chosen_part = [row for row in rows if part_of(str(row["comment_text"])) == part]
        unique = distinct(chosen_part, lambda row: str(row["comment_text"]))
        chosen = sample(unique, most, lambda row: str(row["comment_text"]))
        self.texts = [str(row["comment_text"]) for row in chosen]
        self.truth: NDArray[np.floating] = np.array(
            [[np.nan if row[c] is None else float(row[c]) for c in COLUMNS] for row in chosen]
        ).reshape(-1, len(COLUMNS))

    @property
    def toxic(self) -> NDArray[np.bool_]:
        """Return which comments are toxic."""
        toxic: NDArray[np.bool_] = np.equal(self.truth[:, 0], 1)
        return toxic


class NaturalComments:
    """The chapter on natural comments."""

    def __init__(self, data: Path, natural: JigsawRows, most: int) -> None:
        self._natural = natural
        self._enriched = JigsawRows(data, ENRICHED, min(most, MOST_ENRICHED), part=SET_ASIDE)

    def texts(self) -> list[str]:
        """Return all texts that are measured."""
        return [*self._natural.texts, *self._enriched.texts]

    def measure(self, judge: Judge) -> Chapter:
        """Return the chapter."""
        natural, enriched = self._natural, self._enriched
        whole = {
            name: contrast(Labelled(rows.texts, rows.toxic, origin), judge)
            for name, rows, origin in (
                ("natural", natural, HELD_OUT),
                ("enriched", enriched, MAYBE_SEEN),
            )
        }
        precision = share(natural.toxic[judge.held(natural.texts)])
        decision = {**whole["natural"], "precision": precision}
        tables = {
            "decision": Table("comments", {"natural": decision, "enriched": whole["enriched"]}),
            "labels": Table("natural, label", _labels(natural, judge)),
            "enriched": Table("enriched, label", _labels(enriched, judge)),
        }
        goals = {"natural_auc": whole["natural"]["AUC toxicity"]}
        goals["toxic_held"] = whole["natural"]["positive held"]
        return Chapter("natural", "Natural comments", _TEXT, tables, goals=goals)


def _labels(rows: JigsawRows, judge: Judge) -> dict[str, dict[str, Figure]]:
    return {
        label: _label(rows, judge, label, rows.truth[:, column])
        for column, label in enumerate(LABELS)
        if label in judge.labels
    }


def _label(
    rows: JigsawRows, judge: Judge, label: str, truth: NDArray[np.floating]
) -> dict[str, Figure]:
    known = ~np.isnan(truth)
    positive, scores = np.equal(truth[known], 1), judge.score(rows.texts, label)[known]
    threshold = judge.thresholds.get(label)
    over = scores >= (np.inf if threshold is None else threshold)
    return {
        "positive": int(positive.sum()),
        "known": int(known.sum()),
        "AUC": auc_interval(positive, scores),
        "AP": average_precision(positive, scores),
        "threshold": threshold,
        "precision": share(positive[over]),
        "recall": share(over[positive]),
        "held share": share(over),
    }
