"""`python -m tests.benchmarks.held`: a full review queue, measured where a moderator waits for it.

A server of our own with `--held` comments in it: how long a page of fifty takes in every order,
with claims and texts, and a decision while twenty people decide at once. Judges nothing.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import structlog
import uvloop
from rich.console import Console
from rich.table import Table

from moderation.configuration import load
from moderation.domain.decision import Decision
from moderation.domain.policy import Policy
from moderation.services.held import ORDERS, HeldFilter
from moderation.services.policies import PolicyBook
from moderation.services.reviewing import Reviewing
from moderation.store import policies
from moderation.store.client import connect
from moderation.store.embedded import EmbeddedServer
from moderation.store.intake import Limits
from moderation.store.log import SERVICE
from moderation.store.store import Store, open_store
from moderation.telemetry import Metrics
from tests.contract import store_kit as kit

_PAGE, _TIMES, _BATCH, _PEOPLE, _EACH = 50, 15, 200, 20, 50
_ROOMY = Limits(max_depth=10**6, max_wait_s=10**6, floor_rate=1000, idempotency_s=600)
_POLICY = Policy.model_validate({"name": "default", "thresholds": {"toxicity": 0.5}})


@dataclass(frozen=True)
class _Who:
    id: str
    name: str = "Ada"


@asynccontextmanager
async def _full(directory: Path, held: int) -> AsyncIterator[Reviewing]:
    """Yield the use case over a server of which so many comments are held."""
    server = EmbeddedServer(directory)
    clients = connect(await server.start(), timeout_s=60.0)
    try:
        store = await open_store(clients, shards=None, secret=None)
        await policies.apply(store, _POLICY, by=SERVICE)
        await store.redis.config_set("appendfsync", "no")  # filling is not what is measured
        for start in range(0, held, _BATCH):
            await _hold(store, start, min(start + _BATCH, held))
        await store.redis.config_set("appendfsync", "always")
        chosen = load(None, {}, {f"sites.{kit.SITE}.policy": "default"})
        yield Reviewing(store, chosen, PolicyBook(store, chosen), Metrics())
    finally:
        await clients.aclose()
        await server.stop()


async def _hold(store: Store, start: int, end: int) -> None:
    new = [
        kit.comment(
            store, str(n), f"you are an idiot, number {n}", callback=None,
            article=f"a{n % 997}", author=f"{n % 4999:032x}",
        )
        for n in range(start, end)
    ]  # fmt: skip
    await kit.accept(store, *new, limits=_ROOMY)
    jobs = await kit.take(store)
    await kit.record(
        store, [kit.held(job, 0.5 + int(job.comment[2:8], 16) % 499 / 1000) for job in jobs]
    )


async def _pages(page: Reviewing) -> dict[str, list[float]]:
    """Return the times of a page of fifty by what was asked for."""
    asked = {f"by {order}": (order, HeldFilter()) for order in ORDERS}
    asked["of one author"] = ("priority", HeldFilter(author=f"{7:032x}"))
    asked["by a filter that nothing matches"] = ("priority", HeldFilter(language="xx"))
    found: dict[str, list[float]] = {}
    for name, (order, wanted) in asked.items():
        claimed: list[tuple[_Who, list[str]]] = []
        for number in range(_TIMES):  # each past what those before have claimed
            who = _Who(f"p_{number}")
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

    async def moderate(who: _Who) -> None:
        for _ in range(_EACH // 10):
            for card in (await page.cards(kit.SITE, who, order="age", count=10)).items:
                started = time.perf_counter()
                await page.decide(kit.SITE, who, card["id"], card["version"], Decision.APPROVE)
                times.append((time.perf_counter() - started) * 1000)

    await asyncio.gather(*(moderate(_Who(f"p_{n}")) for n in range(_PEOPLE)))
    return times


async def _measure(held: int) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory(prefix="moderation-held-") as name:
        async with _full(Path(name) / "data", held) as page:
            figures = await _pages(page)
            figures[f"a decision, {_PEOPLE} people at once"] = await _decisions(page)
            return figures


@click.command()
@click.option("--held", default=100_000, show_default=True, help="comments in the queue")
def main(*, held: int) -> None:
    """Measure the review queue of one server that holds so many comments."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    table = Table("", "median (ms)", "p99 (ms)", "most (ms)", title=f"{held:,} held")
    for name, times in uvloop.run(_measure(held)).items():
        p99 = statistics.quantiles(times, n=100, method="inclusive")[98]
        figures = (statistics.median(times), p99, max(times))
        table.add_row(name, *(f"{figure:.1f}" for figure in figures))
    Console().print(table)


if __name__ == "__main__":
    main()
