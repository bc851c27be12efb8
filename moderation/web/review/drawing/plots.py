"""Four kinds of picture as SVG inside a page: columns, bars, a line in its range, and trends.

Colours and type are the style sheet's, by class; no picture carries a style of its own, which the
page's headers would refuse. Each is one image to a screen reader, told by its name; what it shows
stands in the table beside it. Nothing here counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, log10

from markupsafe import Markup, escape

WIDTH, HEIGHT = 640, 200
_LEFT, _RIGHT, _TOP, _BELOW = 44, 12, 16, 40
_NAMES, _COUNTS, _BAR, _STEP = 168, 52, 16, 24
_ACROSS, _UP = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BELOW
_MOST_NAMES = 10
#: How wide a letter of a line's name is, and how high its row, with the letters of a narrow window.
_LETTER, _ROW = 12.0, 22


@dataclass(frozen=True, slots=True)
class Stack:
    """A column or bar: its name and its parts, one a kind, in the order of the kinds."""

    name: str
    parts: Sequence[float]


@dataclass(frozen=True, slots=True)
class Line:
    """An upright line at a share of the width, [0, 1], such as a threshold, and its name."""

    at: float
    name: str


@dataclass(frozen=True, slots=True)
class Point:
    """A figure in its range over a place, all in [0, 1]."""

    at: float
    low: float
    value: float
    high: float


@dataclass(frozen=True, slots=True)
class Trend:
    """A line over time: its class, and its points. A value of None is a gap."""

    kind: str
    points: Sequence[tuple[float, float | None]]


def columns(
    name: str,
    stacks: Sequence[Stack],
    kinds: Sequence[str],
    *,
    across: str,
    lines: Iterable[Line] = (),
    unit: str = "",
    is_scale: bool = False,
) -> Markup:
    """Return stacked columns side by side. `kinds`: their parts' classes, the lowest part first.

    Of a scale the columns are parts, each named by its lower end, and the name stands there.
    """
    top = _round_up(max((sum(stack.parts) for stack in stacks), default=0))
    wide = _ACROSS / max(1, len(stacks))
    drawn = list(_grid(top, unit))
    every = ceil(len(stacks) / _MOST_NAMES) or 1
    for number, stack in enumerate(stacks):
        left, base = _LEFT + number * wide, float(_TOP + _UP)
        for kind, part in zip(kinds, stack.parts, strict=True):
            tall = part / top * _UP
            base -= tall
            if part:
                gap = min(2.0, wide / 6)
                drawn.append(_box(left + gap / 2, base, wide - gap, tall, kind))
        if number % every == 0:
            place = left if is_scale else left + wide / 2
            drawn.append(_text(place, _TOP + _UP + 16, stack.name, "tick middle"))
    drawn.append(_text(_LEFT + _ACROSS / 2, HEIGHT - 6, across, "axis middle"))
    placed = _placed(lines)
    drawn += [part for one in placed for part in _line(one)]
    return _svg(name, HEIGHT, drawn, above=_above(placed))


def bars(name: str, stacks: Sequence[Stack], kinds: Sequence[str]) -> Markup:
    """Return stacked bars under each other, each with its sum."""
    longest = max((sum(stack.parts) for stack in stacks), default=0) or 1
    room = WIDTH - _NAMES - _COUNTS
    drawn = []
    for number, stack in enumerate(stacks):
        top, left = 4 + number * _STEP, float(_NAMES)
        drawn.append(_text(_NAMES - 8, top + 13, stack.name, "name end"))
        for kind, part in zip(kinds, stack.parts, strict=True):
            if part:
                drawn.append(_box(left, top, part / longest * room, _BAR, kind))
            left += part / longest * room
        drawn.append(_text(left + 6, top + 13, f"{sum(stack.parts):,g}", "tick"))
    return _svg(name, 8 + len(stacks) * _STEP, drawn)


def curve(name: str, points: Sequence[Point], *, across: str, lines: Iterable[Line] = ()) -> Markup:
    """Return a figure as a line in the band of its range, both axes from 0 to 1."""
    drawn = list(_grid(100, " %"))
    for tick in range(11):
        place = _LEFT + tick / 10 * _ACROSS
        drawn.append(_text(place, _TOP + _UP + 16, f"{tick / 10:.1f}", "tick middle"))
    above = [(point.at, point.high) for point in points]
    below = [(point.at, point.low) for point in reversed(points)]
    drawn.append(f'<polygon class="band" points="{_path([*above, *below])}"/>')
    middle = _path([(point.at, point.value) for point in points])
    drawn.append(f'<polyline class="curve" points="{middle}"/>')
    drawn.append(_text(_LEFT + _ACROSS / 2, HEIGHT - 6, across, "axis middle"))
    placed = _placed(lines)
    drawn += [part for one in placed for part in _line(one)]
    return _svg(name, HEIGHT, drawn, above=_above(placed))


def trends(name: str, lines: Sequence[Trend], ticks: Sequence[str], *, across: str) -> Markup:
    """Return lines over time. `ticks`: names of the middles of as many equal parts of the time.

    All lines share the time: it goes from the first to the last of all points.
    """
    moments = [at for line in lines for at, _ in line.points]
    start, end = min(moments), max(moments)
    known = [value for line in lines for _, value in line.points if value is not None]
    top = _round_up(max(known, default=0))
    drawn = list(_grid(top, ""))
    for number, tick in enumerate(ticks):
        place = _LEFT + (number + 0.5) / len(ticks) * _ACROSS
        drawn.append(_text(place, _TOP + _UP + 16, tick, "tick middle"))
    for line in lines:
        for stretch in _stretches(line.points):
            places = [((at - start) / ((end - start) or 1), value / top) for at, value in stretch]
            drawn.append(f'<polyline class="trend {line.kind}" points="{_path(places)}"/>')
    drawn.append(_text(_LEFT + _ACROSS / 2, HEIGHT - 6, across, "axis middle"))
    return _svg(name, HEIGHT, drawn)


def _stretches(
    points: Iterable[tuple[float, float | None]],
) -> Iterable[Sequence[tuple[float, float]]]:
    """Yield the known points between gaps."""
    stretch: list[tuple[float, float]] = []
    for at, value in points:
        if value is not None:
            stretch.append((at, value))
            continue
        if stretch:
            yield stretch
        stretch = []
    if stretch:
        yield stretch


def _path(points: Iterable[tuple[float, float]]) -> str:
    places = ((_LEFT + x * _ACROSS, _TOP + (1 - y) * _UP) for x, y in points)
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _grid(top: float, unit: str) -> Iterable[str]:
    """Yield the level lines of a scale from 0 to `top`, each with its figure."""
    for quarter in range(5):
        y = _TOP + _UP - quarter / 4 * _UP
        ends = f'x1="{_LEFT}" x2="{_LEFT + _ACROSS}" y1="{y:.1f}" y2="{y:.1f}"'
        yield f'<line class="{"rule" if quarter else "base"}" {ends}/>'
        yield _text(_LEFT - 6, y + 4, f"{top * quarter / 4:,g}{unit}", "tick end")


@dataclass(frozen=True, slots=True)
class _Placed:
    """A line, its name from `left` to `right` at its upper end, so many rows up."""

    name: str
    x: float
    left: float
    right: float
    row: int = 0


def _placed(lines: Iterable[Line]) -> list[_Placed]:
    """Return lines with their names above the plot, so that none stands in another.

    A name begins at its line or, near the right edge, ends there. A name that would reach a line
    or a name that is placed already stands a row above it.
    """
    unplaced = []
    for line in sorted(lines, key=lambda one: one.at):
        x, wide = _LEFT + line.at * _ACROSS, _LETTER * len(line.name)
        left = x if x + wide <= WIDTH else x - wide
        unplaced.append(_Placed(line.name, x, left, left + wide))
    beginning = [one for one in reversed(unplaced) if one.left == one.x]
    ending = [one for one in unplaced if one.left < one.x]
    placed: list[_Placed] = []
    for one in (*beginning, *ending):
        reached = [p.row + 1 for p in placed if p.left < one.right + _LETTER and one.left < p.right]
        placed.append(replace(one, row=max(reached, default=0)))
    return placed


def _above(placed: Sequence[_Placed]) -> int:
    """Return how much room the names need over the upper edge."""
    return _ROW * max((one.row for one in placed), default=0) + (_ROW // 2 if placed else 0)


def _line(placed: _Placed) -> Iterable[str]:
    """Yield an upright line and, at its upper end, its name."""
    x, base = placed.x, _TOP - 6 - _ROW * placed.row
    yield f'<line class="edge" x1="{x:.1f}" x2="{x:.1f}" y1="{base + 3}" y2="{_TOP + _UP}"/>'
    yield _text(x, base, placed.name, f"edge-name {'end' if placed.left < x else ''}")


def _round_up(value: float) -> float:
    """Return the least of 4, 8, 20, 40, 80, 200 … that is enough: a quarter of it is a whole."""
    if value <= 4:  # noqa: PLR2004 - the least
        return 4
    size: float = 10.0 ** int(log10(value))
    return next(step * size for step in (1.2, 2, 4, 8, 12) if step * size >= value)


def _box(x: float, y: float, wide: float, tall: float, kind: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}"'
    return f'<rect class="{kind}" {place}/>'


def _text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text class="{kind.strip()}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def _svg(name: str, height: int, parts: Iterable[str], *, above: int = 0) -> Markup:
    """Return a picture of its parts. `above`: room over the upper edge, where y is negative."""
    box = f"0 {-above} {WIDTH} {height + above}"
    head = f'<svg class="plot" viewBox="{box}" role="img" aria-label="{escape(name)}">'
    # Every word in it has been escaped, and every number was formatted here.
    return Markup("".join([head, *parts, "</svg>"]))  # noqa: S704
