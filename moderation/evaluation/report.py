"""The whole measurement: every chapter, the goals, and one document of plain values.

The document (`DOCUMENT_FORMAT`) is what is compared between models: no date, path, duration or
text is in it, and the same model on the same data gives it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from moderation.domain.interval import Interval
from moderation.evaluation.calibration import Calibration
from moderation.evaluation.chapter import Chapter, Figure, Question, Table
from moderation.evaluation.functional import FunctionalCases
from moderation.evaluation.goals import judged
from moderation.evaluation.identity import IdentityTemplates
from moderation.evaluation.judge import Judge
from moderation.evaluation.long_texts import LongTexts
from moderation.evaluation.misses import Misses
from moderation.evaluation.natural import NATURAL, JigsawRows, NaturalComments
from moderation.evaluation.news import NewsComments
from moderation.evaluation.perspective import PerspectiveScores
from moderation.evaluation.robustness import DisguisedComments
from moderation.evaluation.social import SocialPosts

DOCUMENT_FORMAT = 1
#: A figure is given so exactly and no more: what is left is chance and the machine's arithmetic.
DIGITS = 4
#: More texts than any set has.
ALL = 1_000_000

Document = dict[str, Any]


def measure(data: Path, judge: Judge, *, quick: int | None, console: Console) -> list[Chapter]:
    """Score everything once and return the chapters, the goals first.

    `quick`: at most so many texts a set. Raises FileNotFoundError when a set is not under `data`.
    """
    most = ALL if quick is None else quick
    natural = JigsawRows(data, NATURAL, most)
    questions: Sequence[Question] = (
        NaturalComments(data, natural, most),
        Calibration(natural),
        NewsComments(data, most),
        SocialPosts(data, most),
        IdentityTemplates(data, most),
        FunctionalCases(most),
        DisguisedComments(data, natural, most),
        PerspectiveScores(data, most),
        LongTexts(natural, most),
        Misses(data, natural),
    )
    judge.read((text for question in questions for text in question.texts()), console)
    chapters = [question.measure(judge) for question in questions]
    figures = {key: value for chapter in chapters for key, value in chapter.goals.items()}
    goals = {"goals": Table("goal", judged(figures))}
    return [Chapter("goals", "Goals", "", goals), *chapters]


def document(judge: Judge, chapters: Sequence[Chapter], *, weights: str | None) -> Document:
    """Return the report as plain values; `weights` is the model file's SHA-256 where it has one."""
    return {
        "format": DOCUMENT_FORMAT,
        "model": {"name": judge.model.name, "version": judge.model.version, "sha256": weights},
        "thresholds": judge.thresholds,
        "unscored": judge.unscored,
        "chapters": {
            chapter.key: {name: _plain(table.rows) for name, table in chapter.tables.items()}
            for chapter in chapters
        },
    }


def _plain(rows: Mapping[str, Mapping[str, Figure]]) -> dict[str, dict[str, Any]]:
    return {name: dict(_values(row)) for name, row in rows.items()}


def _values(row: Mapping[str, Figure]) -> Iterator[tuple[str, Any]]:
    for column, figure in row.items():
        if isinstance(figure, Interval):
            ends = (figure.value, figure.low, figure.high)
            value, low, high = (round(end, DIGITS) for end in ends)
            yield column, {"value": value, "low": low, "high": high}
        else:
            yield column, round(figure, DIGITS) if isinstance(figure, float) else figure
