"""The service's last hours as figures: each a picture, and the numbers behind it.

Only what is said and drawn; what is counted comes from `services/recent.py` and the tallies.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from moderation.services.recent import Sample, levels, rates
from moderation.store.tallies import Tally
from moderation.web.review.drawing import plots
from moderation.web.review.drawing.figure import Figure
from moderation.web.review.drawing.plots import Stack, Trend

Points = Sequence[tuple[float, float | None]]
_MINUTE = 60.0
_TICKS = 5
_MOST_ROWS = 24
_OWN = "Counted by the process that shows this page, since it started."
_ALL = "Of the whole service, as it stands in the store."
_DECISIONS = (
    ("passed", "approve", "approved by a machine"),
    ("held", "hold", "held by a machine"),
    ("rejected", "fallback", "held without a score"),
    ("open", "person", "decided by people"),
)


def figures(samples: list[Sample], today: Tally) -> list[Figure]:
    """Return all figures. `samples`: the oldest first, at least one."""
    return [
        _level("Comments in the queue", samples, "queued", "comments", _ALL),
        _level("Age of the oldest queued comment", samples, "oldest", "seconds", _ALL),
        _decided(samples),
        _today(today),
        _requests(samples),
        _received(samples),
        _level("Callbacks waiting", samples, "callbacks", "comments", _ALL),
        _level("Held for a person", samples, "held", "comments", _ALL),
    ]


def _level(title: str, samples: list[Sample], name: str, unit: str, note: str) -> Figure:
    return _drawn(title, [("held", unit, levels(samples, name))], note)


def _requests(samples: list[Sample]) -> Figure:
    lines = [
        ("held", "answered", rates(samples, "requests")),
        ("rejected", "failed (5xx)", rates(samples, "failed")),
    ]
    return _drawn("Requests a second", lines, _OWN)


def _received(samples: list[Sample]) -> Figure:
    lines = [("held", "comments", rates(samples, "received", _MINUTE))]
    return _drawn("Comments received a minute", lines, _OWN)


def _decided(samples: list[Sample]) -> Figure:
    lines = [(kind, meaning, rates(samples, name, _MINUTE)) for kind, name, meaning in _DECISIONS]
    note = f"{_OWN} Workers that run apart count their machines' decisions themselves."
    return _drawn("Decisions a minute", lines, note)


def _today(today: Tally) -> Figure:
    counts = [
        ("approved by a machine", sum(n for code, n in today.outcomes.items() if code[0] == "a")),
        ("held by a machine", sum(n for code, n in today.outcomes.items() if code[0] == "h")),
        ("approved by people", today.decisions["approve"]),
        ("rejected by people", today.decisions["reject"]),
        ("decided in bulk", today.decisions["bulk"]),
    ]
    title = "Today (UTC), this site, by all processes"
    picture = plots.bars(title, [Stack(name, [n]) for name, n in counts], ["held"])
    rows = [(name, f"{n:,}") for name, n in counts]
    return Figure(title, picture, [], ("decision", "comments"), rows)


def _drawn(title: str, lines: Sequence[tuple[str, str, Points]], note: str) -> Figure:
    """Return lines over time; without a picture where fewer than two moments are known."""
    moments = [at for at, _ in lines[0][2]]
    if len(moments) < 2:  # noqa: PLR2004 - a line has two ends
        return Figure(title, None, [], (), (), note)
    span = moments[-1] - moments[0]
    ticks = [_clock(moments[0] + span * (part + 0.5) / _TICKS) for part in range(_TICKS)]
    picture = plots.trends(
        title, [Trend(kind, points) for kind, _, points in lines], ticks, across="time (UTC)"
    )
    keys = [(kind, meaning) for kind, meaning, _ in lines] if len(lines) > 1 else []
    step = -(-len(moments) // _MOST_ROWS)
    rows = [
        (_clock(moments[place]), *(_said(points[place][1]) for _, _, points in lines))
        for place in reversed(range(len(moments) - 1, -1, -step))
    ]
    return Figure(title, picture, keys, ("time", *(name for _, name, _ in lines)), rows, note)


def _said(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.1f}".removesuffix(".0")


def _clock(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%H:%M:%S")
