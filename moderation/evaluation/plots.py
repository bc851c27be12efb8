"""Two kinds of picture as SVG: curves in the unit square, and bars from 0 to 1.

Written by hand because a report must come out byte for byte alike from alike figures, and because
two shapes need no plotting library. Nothing here measures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

#: Colours that stay apart for colour-blind readers (Okabe and Ito, 2008).
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
SIDE, LEFT, TOP, BELOW = 320, 60, 20, 50
BAR, NAMES, LENGTH, LEGEND = 16, 270, 360, 130


@dataclass(frozen=True, slots=True)
class Curve:
    """A named line through points (across, up), both in [0, 1]."""

    name: str
    points: Sequence[tuple[float, float]]


def curves(lines: Sequence[Curve], *, across: str, up: str) -> str:
    """Return the lines over the diagonal on which every promise is kept."""
    parts = [_line(0, 0, 1, 1, "#bbbbbb", dash="4 4")]
    for tick in range(0, 11, 2):
        at = tick / 10
        parts.append(_line(at, 0, at, 1, "#eeeeee"))
        parts.append(_line(0, at, 1, at, "#eeeeee"))
        parts.append(_text(_x(at), TOP + SIDE + 18, f"{at:.1f}", "middle"))
        parts.append(_text(LEFT - 8, _y(at) + 4, f"{at:.1f}", "end"))
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in line.points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="3" fill="{colour}"/>'
            for x, y in line.points
        ]
        parts.append(_text(LEFT + SIDE + 16, TOP + 12 + 18 * number, line.name, "start", colour))
    parts.append(_text(LEFT + SIDE / 2, TOP + SIDE + 40, across, "middle"))
    middle = TOP + SIDE / 2
    turned = f'transform="rotate(-90 16 {middle:.0f})"'
    parts.append(f'<text x="16" y="{middle:.0f}" text-anchor="middle" {turned}>{escape(up)}</text>')
    return _svg(LEFT + SIDE + LEGEND, TOP + SIDE + BELOW, parts)


def bars(shares: Mapping[str, float], *, across: str) -> str:
    """Return one bar a name, in the order given."""
    parts = []
    for number, (name, value) in enumerate(shares.items()):
        y = TOP + number * (BAR + 4)
        parts.append(_text(NAMES - 8, y + 12, name, "end"))
        width = value * LENGTH
        parts.append(
            f'<rect x="{NAMES}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{COLOURS[0]}"/>'
        )
        parts.append(_text(NAMES + width + 6, y + 12, f"{100 * value:.1f} %", "start"))
    bottom = TOP + len(shares) * (BAR + 4)
    parts.append(_text(NAMES, bottom + 20, across, "start"))
    return _svg(NAMES + LENGTH + 70, bottom + 34, parts)


def _x(value: float) -> float:
    return LEFT + value * SIDE


def _y(value: float) -> float:
    return TOP + (1 - value) * SIDE


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, dash: str = "") -> str:
    ends = f'x1="{_x(x1):.1f}" y1="{_y(y1):.1f}" x2="{_x(x2):.1f}" y2="{_y(y2):.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-dasharray="{dash or "none"}"/>'


def _text(x: float, y: float, words: str, anchor: str, colour: str = "#222222") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"'
    return f"<text {place}>{escape(words)}</text>"


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12">'
    )
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>\n"])
