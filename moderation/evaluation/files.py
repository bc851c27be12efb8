"""Writes the report: Markdown, and a folder beside it with the figures as JSON and as pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from moderation.evaluation.chapter import Chapter
from moderation.evaluation.judge import Judge
from moderation.evaluation.markdown import goals_table, markdown
from moderation.evaluation.report import Document, document

REPORT = "model-report"


def write(
    out: Path,
    judge: Judge,
    chapters: Sequence[Chapter],
    *,
    weights: str | None,
    other: Document | None,
) -> str:
    """Write the report into the folder `out` and return its table of goals."""
    folder = out / REPORT
    folder.mkdir(parents=True, exist_ok=True)
    found = document(judge, chapters, weights=weights)
    (folder / "report.json").write_text(_json(found), encoding="utf-8")
    for chapter in chapters:
        for name, picture in chapter.pictures.items():
            (folder / f"{name}.svg").write_text(picture, encoding="utf-8")
    report = markdown(found, chapters, pictures=REPORT, other=other)
    (out / f"{REPORT}.md").write_text(report, encoding="utf-8")
    return goals_table(found, other)


def _json(found: Document) -> str:
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"
