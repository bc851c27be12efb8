"""`python -m tests.benchmarks.held`: a full review queue, measured where a moderator waits for it.

A server of our own with `--held` comments in it: how long a page of fifty takes in every order,
with claims and texts, a search by text, and a decision while twenty people decide at once. Judges
nothing.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click
import structlog
import uvloop
from rich.console import Console
from rich.table import Table

from moderation.configuration import load
from moderation.domain.decision import Decision
from moderation.domain.people import Person, Role
from moderation.domain.policy import Policy
from moderation.services.held import ORDERS, HeldFilter
from moderation.services.policies import PolicyBook
from moderation.services.reviewing import Reviewing
from moderation.store import policies
from moderation.store.client import connect
from moderation.store.embedded import EmbeddedServer
from moderation.store.log import SERVICE
from moderation.store.store import open_store
from moderation.telemetry import Metrics
from tests.benchmarks.filling import fill
from tests.contract import store_kit as kit

#: How many are held, as in the goals that the report names.
HELD = 100_000
_PAGE, _TIMES, _PEOPLE, _EACH = 50, 10, 20, 30
_DECISION = f"a decision, {_PEOPLE} people at once"
_POLICY = Policy.model_validate({"name": "default", "thresholds": {"toxicity": 0.5}})


def _who(number: int) -> Person:
    return Person(f"p_{number}", "Ada", Role.MODERATOR)


@asynccontextmanager
async def _full(directory: Path, held: int) -> AsyncIterator[Reviewing]:
    """Yield the use case over a server of which so many comments are held."""
    server = EmbeddedServer(directory)
    clients = connect(await server.start(), timeout_s=60.0)
    try:
        store = await open_store(clients, shards=None, secret=None)
        await policies.apply(store, _POLICY, by=SERVICE)
        # Filling is not what is measured, nor what the server does with its log because of it.
        await store.redis.config_set("appendfsync", "no")
        await store.redis.config_set("auto-aof-rewrite-percentage", 0)
        await fill(store, held)
        await store.redis.config_set("appendfsync", "always")
        chosen = load(None, {}, {f"sites.{kit.SITE}.policy": "default"})
        yield Reviewing(store, chosen, PolicyBook(store, chosen), Metrics())
    finally:
        await clients.aclose()
        await server.stop()


async def _pages(page: Reviewing) -> dict[str, list[float]]:
    """Return the times of a page of fifty by what was asked for."""
    asked = {f"by {order}": (order, HeldFilter()) for order in ORDERS}
    asked["of one author"] = ("priority", HeldFilter(author=f"{7:032x}"))
    asked["by a filter that nothing matches"] = ("priority", HeldFilter(language="xx"))
    found: dict[str, list[float]] = {}
    for name, (order, wanted) in asked.items():
        claimed: list[tuple[Person, list[str]]] = []
        for number in range(_TIMES):  # each past what those before have claimed
            who = _who(number)
            started = time.perf_counter(), time.process_time()
            cards = await page.cards(kit.SITE, who, order=order, wanted=wanted, count=_PAGE)
            found.setdefault(name, []).append((time.perf_counter() - started[0]) * 1000)
            own = f"{name}, our own CPU"
            found.setdefault(own, []).append((time.process_time() - started[1]) * 1000)
            claimed.append((who, [card["id"] for card in cards.items]))
        for who, ids in claimed:
            await page.release(kit.SITE, who, ids)
    return found


async def _decisions(page: Reviewing) -> list[float]:
    """Return the times of decisions while twenty people decide at once."""
    times: list[float] = []

    async def moderate(who: Person) -> None:
        for _ in range(_EACH // 10):
            for card in (await page.cards(kit.SITE, who, order="age", count=10)).items:
                started = time.perf_counter()
                await page.decide(kit.SITE, who, card["id"], card["version"], Decision.APPROVE)
                times.append((time.perf_counter() - started) * 1000)

    await asyncio.gather(*(moderate(_who(n)) for n in range(_PEOPLE)))
    return times


async def _searches(page: Reviewing) -> list[float]:
    """Return the times of searches that find nothing, each of the next stretch."""
    times, cursor = list[float](), None
    for _ in range(_TIMES):
        started = time.perf_counter()
        found = await page.search(kit.SITE, "no such words", escalated=True, cursor=cursor)
        times.append((time.perf_counter() - started) * 1000)
        cursor = found.next
    return times


async def _measure(directory: Path, held: int) -> dict[str, list[float]]:
    async with _full(directory, held) as page:
        figures = await _pages(page)
        figures["a search by text"] = await _searches(page)
        figures[_DECISION] = await _decisions(page)
        return figures


async def full_queue(directory: Path, held: int = HELD) -> dict[str, float]:
    """Return what a moderator waits for where so many comments are held (ms)."""
    figures = await _measure(directory, held)
    orders = [statistics.median(figures[f"by {order}"]) for order in ORDERS]
    return {
        "held": held,
        "page_ms": statistics.median(figures["by priority"]),
        "slowest_page_ms": max(orders),
        "search_ms": statistics.median(figures["a search by text"]),
        "decision_p50_ms": statistics.median(figures[_DECISION]),
        "decision_p99_ms": _p99(figures[_DECISION]),
    }


def _p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[98]


@click.command()
@click.option("--held", default=HELD, show_default=True, help="comments in the queue")
def main(*, held: int) -> None:
    """Measure the review queue of one server that holds so many comments."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    table = Table("", "median (ms)", "p99 (ms)", "most (ms)", title=f"{held:,} held")
    with tempfile.TemporaryDirectory(prefix="moderation-held-") as name:
        found = uvloop.run(_measure(Path(name) / "data", held))
    for name, times in found.items():
        figures = (statistics.median(times), _p99(times), max(times))
        table.add_row(name, *(f"{figure:.1f}" for figure in figures))
    Console().print(table)


if __name__ == "__main__":
    main()
