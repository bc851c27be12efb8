"""A line plot as SVG, for figures of any size; the same figures give the same bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from moderation.evaluation.plots import COLOURS

_WIDTH, _HEIGHT, _LEFT, _TOP, _BELOW, _NAMES = 420, 240, 64, 16, 48, 170


@dataclass(frozen=True, slots=True)
class Line:
    """A named line through points (across, up)."""

    name: str
    points: Sequence[tuple[float, float]]
    is_dashed: bool = False


def plot(lines: Sequence[Line], *, across: str, up: str, is_log: bool = False) -> str:
    """Return the lines; up starts at 0, across is by powers of ten if `is_log`."""
    scale = math.log10 if is_log else float
    ticks = sorted({x for line in lines for x, _ in line.points})
    low, high = (scale(ticks[0]), scale(ticks[-1])) if is_log else (0.0, float(ticks[-1]))
    most = _round_up(max(y for line in lines for _, y in line.points))

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            _LEFT + _WIDTH * (scale(x) - low) / (high - low),
            _TOP + _HEIGHT * (1 - y / most),
        )

    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _TOP + _HEIGHT * (1 - share)
        parts.append(_rule(_LEFT, y, _LEFT + _WIDTH, y))
        parts.append(_words(_LEFT - 8, y + 4, f"{share * most:,.6g}", "end"))
    for x in ticks:
        left, _ = at(x, 0)
        parts.append(_words(left, _TOP + _HEIGHT + 18, f"{x:,.0f}", "middle"))
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in line.points))
        dash = ' stroke-dasharray="5 4"' if line.is_dashed else ""
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
        )
        name_at = _TOP + 12 + 18 * number
        parts.append(_words(_LEFT + _WIDTH + 14, name_at, line.name, "start", colour))
    parts.append(_words(_LEFT + _WIDTH / 2, _TOP + _HEIGHT + 40, across, "middle"))
    middle = _TOP + _HEIGHT / 2
    parts.append(
        f'<text x="14" y="{middle:.0f}" text-anchor="middle" '
        f'transform="rotate(-90 14 {middle:.0f})">{escape(up)}</text>'
    )
    return _picture(parts)


def _picture(parts: Sequence[str]) -> str:
    width, height = _LEFT + _WIDTH + _NAMES, _TOP + _HEIGHT + _BELOW
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="12">'
    )
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return "\n".join([head, ground, *parts, "</svg>"]) + "\n"


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 4 or 8 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 8, 10) if step * power >= value)


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1}" y1="{y1:.1f}" x2="{x2}" y2="{y2:.1f}" stroke="#dddddd"/>'


def _words(x: float, y: float, words: str, anchor: str, colour: str = "#222222") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(words)}</text>"
    )
