"""Progress while the run goes on and the table at its end. No text, ever."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.acceptance.driver.checker import Breach
from tests.acceptance.driver.demo import Report
from tests.acceptance.driver.latency import MAX_SEND_LAG_MS, Latency, are_figures_sound
from tests.acceptance.driver.ledger import Ledger
from tests.acceptance.driver.story import Story, stories

_REFRESH_S = 0.25
_SHOWN = 10  # breaches by name; the history holds them all


@asynccontextmanager
async def progress(ledger: Ledger, total: int, console: Console) -> AsyncIterator[None]:
    """Show three bars on a terminal while the body runs; without a thread, which would add lag."""
    columns = (TextColumn("{task.description:>12}"), BarColumn(), MofNCompleteColumn())
    bars = Progress(
        *columns,
        TimeElapsedColumn(),
        console=console,
        auto_refresh=False,
        disable=not console.is_terminal,
    )
    rows = {
        bars.add_task(name, total=total): done
        for name, done in (
            ("accepted", ledger.accepted),
            ("decided", ledger.decided),
            ("called back", ledger.called_back),
        )
    }

    async def refresh() -> None:
        while True:
            for row, done in rows.items():
                bars.update(row, completed=len(done))
            bars.refresh()
            await asyncio.sleep(_REFRESH_S)

    with bars:
        task = asyncio.create_task(refresh())
        try:
            yield
        finally:
            task.cancel()


def table(report: Report) -> Table:
    """Return the run in numbers."""
    ledger, told = report.ledger, stories(report.ledger.journal.events)
    broken = Counter(breach.rule for breach in report.breaches)
    grid = Table(title="The main job", show_header=False)
    grid.add_column()
    grid.add_column(justify="right")
    for name, value in (
        ("accepted", len(ledger.accepted)),
        ("  at the first try", ledger.at_first_try),
        ("answers", _counted(ledger.answers)),
        ("decided exactly once", sum(_is_decided_once(story) for story in told.values())),
        ("lost", broken["lost"]),
        ("decided twice", broken["decided_twice"]),
        ("callbacks received", sum(len(story.callbacks) for story in told.values())),
        ("  verified", sum(e.verified is True for s in told.values() for e in s.callbacks)),
        ("  missing", broken["callback_missing"]),
        ("  again, same id", sum(_repeats(story) for story in told.values())),
        ("  turned away on purpose", sum(len(story.turned_away) for story in told.values())),
        ("approved | held", _shares(told.values())),
        ("kill -9", _counted(ledger.kills)),
        ("p99 own send lag", _ms(ledger.send_lag, 99)),
        ("p50 | p99 to the answer", _figures(ledger, ledger.to_answer)),
        ("p50 | p99 to the callback", _figures(ledger, ledger.to_callback)),
        ("broken promises", len(report.breaches)),
    ):
        grid.add_row(name, str(value))
    return grid


def breach_lines(breaches: list[Breach]) -> list[str]:
    """Return the first breaches and the count by rule."""
    first = [f"{breach.rule}: {breach.id} {breach.detail}" for breach in breaches[:_SHOWN]]
    return [*first, f"in all: {_counted(Counter(breach.rule for breach in breaches))}"]


def _is_decided_once(story: Story) -> bool:
    return bool(story.ok) and len(story.machine) == 1


def _repeats(story: Story) -> int:
    return len(story.callbacks) - len({event.delivery for event in story.callbacks})


def _shares(told: Iterable[Story]) -> str:
    last = [story.decided[-1].decision for story in told if story.decided]
    if not last:
        return "none"
    return " | ".join(f"{100 * last.count(name) / len(last):.1f} %" for name in ("approve", "hold"))


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counter.items())) or "none"


def _figures(ledger: Ledger, latency: Latency) -> str:
    if not are_figures_sound(ledger.send_lag):
        return f"void: send lag over {MAX_SEND_LAG_MS:.0f} ms"
    return f"{_ms(latency, 50)} | {_ms(latency, 99)}"


def _ms(latency: Latency, percent: float) -> str:
    value = latency.percentile_ms(percent)
    return "none" if value is None else f"{value:,.1f} ms"
