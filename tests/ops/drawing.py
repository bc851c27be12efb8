"""Panels as one SVG: a title, lines over time, a legend, and upright marks through all of them.

Knows nothing of what the lines and marks mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from moderation.evaluation.plots import COLOURS
from moderation.web.review.drawing import plots
from moderation.web.review.drawing.plots import HEIGHT, WIDTH, Trend, trends

_TITLE, _LEGEND, _GAP = 26, 18, 14
_ACROSS = 3
_STYLE = (
    "text{font:12px sans-serif;fill:#333}.title{font-weight:bold;font-size:14px}"
    ".middle{text-anchor:middle}.end{text-anchor:end}.rule{stroke:#e4e4e4}.base{stroke:#888}"
    ".trend{fill:none;stroke-width:2}.dashed{stroke-dasharray:5 3}"
    ".mark{stroke:#666;stroke-dasharray:2 2}.letter{font-weight:bold}"
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A panel's lines: each with its legend and its points (seconds since the start, value)."""

    title: str
    unit: str
    lines: Sequence[tuple[str, Sequence[tuple[float, float]]]]


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment, in seconds since the start, and the letter that stands for it."""

    at: float
    letter: str


def sheet(panels: Sequence[Drawn], marks: Sequence[Mark] = ()) -> str:
    """Return the panels under each other as a file of its own; all share the time."""
    parts, y = [], 0
    span = max(at for panel in panels for _, points in panel.lines for at, _ in points)
    for panel in panels:
        parts += _panel(panel, y, span)
        parts += [part for mark in marks for part in _mark(mark, span, y + _TITLE)]
        y += _height(panel) + _GAP
    colours = "".join(f".c{n}{{stroke:{colour}}}" for n, colour in enumerate(COLOURS))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}">'
    paper = '<rect width="100%" height="100%" fill="white"/>'
    return "\n".join([head, f"<style>{_STYLE}{colours}</style>", paper, *parts, "</svg>\n"])


def _height(panel: Drawn) -> int:
    return _TITLE + HEIGHT + _LEGEND * -(-len(panel.lines) // _ACROSS)


def _panel(panel: Drawn, y: int, span: float) -> list[str]:
    lines = [
        Trend(_look(number), [(at, None if math.isnan(v) else v) for at, v in points])
        for number, (_, points) in enumerate(panel.lines)
    ]
    whole = Trend("", [(0.0, None), (span, None)])
    ticks = [f"{span * (part + 0.5) / 5:.0f}" for part in range(5)]
    picture = trends(panel.title, [*lines, whole], ticks, across="seconds of the run")
    placed = str(picture).replace(
        "<svg ", f'<svg y="{y + _TITLE}" width="{WIDTH}" height="{HEIGHT}" ', 1
    )
    title = f"{panel.title} ({panel.unit})" if panel.unit else panel.title
    return [f'<text class="title" x="8" y="{y + 18}">{escape(title)}</text>', placed,
            *_legend(panel, y + _TITLE + HEIGHT)]  # fmt: skip


def _mark(mark: Mark, span: float, y: int) -> list[str]:
    x = f"{plots._LEFT + mark.at / span * plots._ACROSS:.1f}"
    top, foot = y + plots._TOP, y + HEIGHT - plots._BELOW
    name = f'<text class="letter middle" x="{x}" y="{top - 3}">{escape(mark.letter)}</text>'
    return [f'<line class="mark" x1="{x}" x2="{x}" y1="{top}" y2="{foot}"/>', name]


def _look(number: int) -> str:
    """Return the classes of a line: its colour, dashed once all colours are used."""
    dashed = " dashed" if number >= len(COLOURS) else ""
    return f"c{number % len(COLOURS)}{dashed}"


def _legend(panel: Drawn, y: int) -> list[str]:
    parts = []
    for number, (name, _) in enumerate(panel.lines):
        x = 44 + number % _ACROSS * ((WIDTH - 44) // _ACROSS)
        row = y + 12 + number // _ACROSS * _LEGEND
        colour = f'class="trend {_look(number)}"'
        parts.append(f'<line {colour} x1="{x}" x2="{x + 14}" y1="{row - 4}" y2="{row - 4}"/>')
        parts.append(f'<text x="{x + 18}" y="{row}">{escape(name)}</text>')
    return parts
