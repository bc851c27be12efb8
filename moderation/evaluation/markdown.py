"""The report as Markdown, from its document and the chapters' words; pictures are linked beside it.

With another model's document every figure has that model's after a slash. Nothing here measures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moderation.evaluation.chapter import Chapter
from moderation.evaluation.goals import lost
from moderation.evaluation.report import Document
from moderation.evaluation.sets import HELD_OUT, MAYBE_SEEN, NEVER

#: Columns whose name has one of these are shares and are shown in per cent.
PER_CENT = ("held", "precision", "recall", "right", "share", "gap")
_HEAD = """\
Measured by `moderation evaluate --data DIR --scorer …` as the service scores: one text at a time,
with both readings and windows, held at the thresholds that ship with the model{weights}. Ranges are
those that hold 95 of 100 samples of the same size; a share or an AUC that the set can't give is
shown as "-". No text of the data is quoted. {unscored}"""
_ROWS = """\
*Rows* says whether the model may know a set: `{never}`; `{held_out}`, by the hash of the normalised
text, with what resembles it kept out of training too; `{maybe}`: a source that trains without such
a part, so its figures flatter the model and no goal rests on them."""
_COMPARED = "After each slash stands the same figure of {name} {version}."


def markdown(
    found: Document, chapters: Sequence[Chapter], *, pictures: str, other: Document | None
) -> str:
    """Return the report; `pictures` is the folder of the SVG files, as a link from the report."""
    parts = [_head(found, other)]
    for chapter in chapters:
        if chapter.key == "goals":
            parts += [f"## {chapter.title}", goals_table(found, other)]
            continue
        parts += [f"## {chapter.title}", _one_line(chapter.text)]
        parts += [f"![{name}]({pictures}/{name}.svg)" for name in chapter.pictures]
        for name, table in chapter.tables.items():
            if rows := found["chapters"][chapter.key][name]:
                parts.append(_table(table.first, rows, _rows(other, chapter.key, name)))
    return "\n\n".join(part.rstrip() for part in parts if part) + "\n"


def goals_table(found: Document, other: Document | None) -> str:
    """Return the goals alone, and what of them another model met and this one does not."""
    rows, beside = found["chapters"]["goals"]["goals"], _rows(other, "goals", "goals")
    table = _table("goal", rows, beside)
    return table if beside is None else f"{table}\n\n{lost(rows, beside)}"


def _head(found: Document, other: Document | None) -> str:
    model = found["model"]
    weights = f" (`model.onnx` {model['sha256'][:12]}…)" if model["sha256"] else ""
    count = found["unscored"]
    limits = ", ".join(f"{label} {limit:g}" for label, limit in found["thresholds"].items())
    head = _HEAD.format(
        weights=weights,
        unscored=f"{count} texts got no score and count as held." if count else "",
    )
    rows = _ROWS.format(never=NEVER, held_out=HELD_OUT, maybe=MAYBE_SEEN)
    return "\n\n".join(
        [
            f"# What {model['name']} {model['version']} can and cannot do",
            _one_line(head),
            _one_line(rows),
            f"Held where any score reaches its threshold: {limits}.",
            *([_COMPARED.format(**other["model"])] if other else []),
        ]
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _rows(other: Document | None, chapter: str, table: str) -> Mapping[str, Any] | None:
    return other["chapters"].get(chapter, {}).get(table, {}) if other else None


def _table(
    first: str, rows: Mapping[str, Mapping[str, Any]], other: Mapping[str, Any] | None
) -> str:
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    lines = [_line([first, *columns]), _line(["---"] * (len(columns) + 1))]
    for name, row in rows.items():
        beside = None if other is None else other.get(name, {})
        lines.append(_line([name, *(_cell(column, row, beside) for column in columns)]))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _cell(column: str, row: Mapping[str, Any], beside: Mapping[str, Any] | None) -> str:
    cell = shown(column, row.get(column))
    if beside is None or (isinstance(row.get(column), str) and column != "met"):
        return cell
    theirs = beside.get(column)
    value = theirs["value"] if isinstance(theirs, dict) else theirs
    same_set = isinstance(theirs, int) and theirs == row.get(column)
    return cell if same_set else f"{cell} / {shown(column, value)}"


def shown(column: str, figure: object) -> str:
    """Return a figure of the document as read by people."""
    if figure is None:
        return "-"
    if isinstance(figure, dict):
        value, low, high = (_number(column, figure[part]) for part in ("value", "low", "high"))
        return f"{value} ({low.removesuffix(' %')} to {high.removesuffix(' %')})"
    return _number(column, figure) if isinstance(figure, float) else str(figure)


def _number(column: str, value: float) -> str:
    if "points" in column:
        return f"{100 * value:.1f}"
    if any(word in column for word in PER_CENT):
        return f"{100 * value:.1f} %"
    return f"{value:.3f}"
