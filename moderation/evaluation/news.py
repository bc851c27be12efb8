"""News comments: hostile against healthy ones, and how many benign ones are held by mistake."""

from __future__ import annotations

from pathlib import Path

from moderation.evaluation.chapter import Chapter, Table
from moderation.evaluation.contrast import contrast
from moderation.evaluation.judge import Judge
from moderation.evaluation.sets import (
    MAYBE_SEEN,
    NEVER,
    Labelled,
    held_out,
    read,
)

UNHEALTHY = "unhealthy_comments_globe_mail/val"
SPANS = "toxic_spans_civil/comments_with_annotator_spans"
KINDS = ("hostile", "antagonize", "dismissive", "condescending", "generalisation", "sarcastic")
MOST = 5000
MOST_SPANS = 1000

_TEXT = """\
Comments under articles of The Globe and Mail (Unhealthy Comments Corpus), each kind against the
healthy ones without that kind. Only *hostile* is what a toxicity model is asked to find; the others
show how far it goes beyond. The last row is of another kind: comments that somebody once reported,
those that most annotators found toxic against those that most did not."""


class NewsComments:
    """The chapter on news comments."""

    def __init__(self, data: Path, most: int) -> None:
        rows = read(data, UNHEALTHY, "comment", "healthy", *KINDS)
        self._sets = {
            f"{kind} against healthy": Labelled.of(
                (
                    (str(row["comment"]), row[kind] == 1)
                    for row in rows
                    if row[kind] == 1 or row["healthy"] == 1
                ),
                NEVER,
                min(most, MOST),
            )
            for kind in KINDS
        }
        reported = held_out(read(data, SPANS, "comment_text", "frac_not_toxic"), "comment_text")
        self._sets["reported: toxic to most, or not"] = Labelled.of(
            ((str(row["comment_text"]), row["frac_not_toxic"] < 0.5) for row in reported),  # noqa: PLR2004 - most of them
            MAYBE_SEEN,
            min(most, MOST_SPANS),
        )

    def texts(self) -> list[str]:
        """Return all texts that are measured."""
        return [text for rows in self._sets.values() for text in rows.texts]

    def measure(self, judge: Judge) -> Chapter:
        """Return the chapter."""
        found = {name: contrast(rows, judge) for name, rows in self._sets.items()}
        hostile = found["hostile against healthy"]
        goals = {"news_auc": hostile["AUC toxicity"], "news_held": hostile["others held"]}
        return Chapter(
            "news", "News comments", _TEXT, {"kinds": Table("comments", found)}, goals=goals
        )
