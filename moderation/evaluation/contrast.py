"""How a scorer tells the positive texts of a set from the others: the row that most tables have."""

from __future__ import annotations

from moderation.evaluation.chapter import Figure
from moderation.evaluation.judge import Judge
from moderation.evaluation.metrics import auc, auc_interval, share
from moderation.evaluation.sets import Labelled


def contrast(rows: Labelled, judge: Judge) -> dict[str, Figure]:
    """Return counts, both AUCs and what is held on either side.

    `AUC toxicity` ranks by that score; `AUC decision` by the score that comes closest to its
    threshold or is furthest over it, which is what holds a comment.
    """
    held = judge.held(rows.texts)
    return {
        "texts": len(rows.texts),
        "positive": int(rows.positive.sum()),
        "AUC toxicity": auc_interval(rows.positive, judge.score(rows.texts)),
        "AUC decision": auc(rows.positive, judge.margin(rows.texts)),
        "positive held": share(held[rows.positive]),
        "others held": share(held[~rows.positive]),
        "rows": rows.origin,
    }
