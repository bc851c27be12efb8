"""The panels in docs/img, drawn from Prometheus's answers: `python -m tests.ops.panels`.

A run of some minutes: a quiet time, a broken scorer, a flood, and a quiet time again. The scorer is
the tests' own, so the figures show the dashboards and not what a machine can do.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from pathlib import Path
from typing import Any

from deploy.grafana.__main__ import BOARDS
from deploy.grafana.panels import Panel
from tests.ops.drawing import Drawn, sheet
from tests.ops.newsroom import Newsroom, newsroom
from tests.ops.prometheus import Prometheus

PICTURES = Path(__file__).parents[2] / "docs" / "img"
#: Which panels of which dashboard.
SHOWN = {
    "moderation-service": ("Requests", "Time to decide"),
    "moderation-queue": ("Queue by lane", "Oldest by lane"),
    "moderation-decisions": ("Decisions by outcome and source", "Texts without a score"),
    "moderation-moderators": ("Held, by reason", "What people did"),
}
_UNITS = {"reqps": "a second", "cps": "a second", "s": "seconds", "short": ""}
_QUIET_S, _BROKEN_S, _FLOOD = 60, 45, 500
_STEP_S = 2
_PAUSE_S = 2


async def draw() -> None:
    """Run it and write a picture for each dashboard."""
    with tempfile.TemporaryDirectory() as directory:
        async with newsroom(Path(directory)) as here:
            start = time.time()
            await _day(here)
            for board in BOARDS:
                shown = [panel for row in board.rows for panel in row
                         if panel.title in SHOWN[board.uid] and not panel.number]  # fmt: skip
                drawn = [await asked(here.prometheus, panel, start, time.time()) for panel in shown]
                (PICTURES / f"{board.uid}.svg").write_text(sheet(drawn))


async def _day(here: Newsroom) -> None:
    await _rounds(here, _QUIET_S)
    until = time.monotonic() + _BROKEN_S
    while time.monotonic() < until:
        await asyncio.gather(*(here.submit("please raise an error") for _ in range(6)))
        await asyncio.sleep(_PAUSE_S)
    texts = [f"please sleep 0.05 {number}" for number in range(_FLOOD)]
    for first in range(0, _FLOOD, 50):
        await asyncio.gather(*(here.submit(text, 0) for text in texts[first : first + 50]))
    await _rounds(here, _QUIET_S)


async def _rounds(here: Newsroom, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await here.round()
        await asyncio.sleep(_PAUSE_S)


async def asked(
    prometheus: Prometheus, panel: Panel, start: float, end: float, step_s: int = _STEP_S
) -> Drawn:
    """Return what a panel shows of a time, in seconds of the epoch."""
    lines = []
    for query in panel.queries:
        for series in await prometheus.ask_range(query.expr, start, end, step_s):
            points = [(at - start, float(value)) for at, value in series["values"]]
            lines.append((_legend(query.legend, series["metric"]), points))
    return Drawn(panel.title, _UNITS[panel.unit], lines)


def _legend(pattern: str, labels: dict[str, Any]) -> str:
    """Return a series' name as Grafana makes it."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: str(labels.get(found[1], "")), pattern)


if __name__ == "__main__":
    asyncio.run(draw())
