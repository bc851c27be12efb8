"""`python -m tests.ops.grow`: what an operator changes under load, and docs/under-load.md.

Every role is restarted in turn, workers are taken away, and the primary is killed, while comments
come in, all in one run over Valkey with two replicas and a Sentinel; a real Prometheus scrapes, and
the dashboards' panels are drawn from its answers. Exits 1 when anything was lost or decided twice.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import click
import structlog
import uvloop
from rich.console import Console

from deploy.grafana import queue, service
from tests.acceptance.driver.drive import Plan
from tests.ops import grow_page
from tests.ops.drawing import Drawn
from tests.ops.grow_page import Scene
from tests.ops.panels import asked
from tests.ops.prometheus import Prometheus, prometheus
from tests.proofs.failover import GUARD, Kills
from tests.proofs.outcome import Outcome
from tests.proofs.service import Traffic, under_traffic
from tests.proofs.topology import Watched
from tests.proofs.window import judged

RATE, WORKERS, LEFT = 30.0, 3, 1
_SECONDS = 170.0
_SEED = 7
#: What a text takes the scorer (ms), without CPU: one worker of three can bear the load alone.
_TEXT_MS = "20"
#: When each scene begins, as shares of the comments.
_RESTARTS, _FEWER, _FAILOVER = 0.12, 0.5, 0.7
_AFTERWARDS_S = 20.0
_STEP_S = 2
SHOWN = (
    (service, "Processes"),
    (service, "Requests"),
    (queue, "Queue by lane"),
    (queue, "Jobs by result"),
    (queue, "Callbacks by result"),
    (service, "Store's errors"),
)


@dataclass(slots=True)
class Changes:
    """The changes of a run: when each was made, and what the panels showed of it."""

    servers: Watched
    kills: Kills
    directory: Path
    scenes: list[Scene] = field(default_factory=list)
    drawn: Sequence[Drawn] = ()

    async def make(self, traffic: Traffic) -> None:
        """Make them one after the other, and read the panels when all is calm again."""
        roles = traffic.service.roles
        jobs: dict[str, list[str]] = {}
        for role in roles:
            jobs.setdefault(role.name.partition("-")[0], []).append(role._ops)
        async with prometheus(self.directory, jobs) as watching, aiohttp.ClientSession() as session:
            began, start = time.time(), time.monotonic()
            await traffic.sent(_RESTARTS)
            async with _Timed(self, "every process restarted, one after the other", start):
                for role in roles:
                    await role.restart(session)
            await traffic.sent(_FEWER)
            async with _Timed(self, f"workers scaled from {WORKERS} to {LEFT}", start):
                for role in [one for one in roles if one.name.startswith("worker")][LEFT:]:
                    await role.stop()
            await traffic.sent(_FAILOVER)
            async with _Timed(self, "the primary killed, a replica promoted", start):
                await self.kills.make(traffic)
            await traffic.sent(1.0)
            await asyncio.sleep(_AFTERWARDS_S)
            self.drawn = await _panels(watching, began)


class _Timed:
    """Notes when a scene began and was over, in seconds since `start` (monotonic)."""

    def __init__(self, changes: Changes, name: str, start: float) -> None:
        self._changes, self._name, self._start = changes, name, start

    async def __aenter__(self) -> None:
        self._began = time.monotonic()

    async def __aexit__(self, *_: object) -> None:
        scene = Scene(self._name, self._start, self._began, time.monotonic())
        self._changes.scenes.append(scene)


async def _panels(watching: Prometheus, began: float) -> list[Drawn]:
    shown = [
        panel
        for board, title in SHOWN
        for row in board.BOARD.rows
        for panel in row
        if panel.title == title
    ]
    now = time.time()
    return [await asked(watching, panel, began, now, _STEP_S) for panel in shown]


async def _played(directory: Path, console: Console) -> tuple[Outcome, Changes]:
    os.environ |= {
        "SLEEPING_MS": _TEXT_MS,
        "MODERATION_SCORER__SPEC": "python:tests.benchmarks.sleeping:make",
    }
    servers = Watched(directory, **GUARD)
    changes = Changes(servers, Kills(servers, "failover", random.Random(_SEED), 1), directory)
    run = await under_traffic(
        servers, Plan(rate=RATE, seed=_SEED, duplicates=0.05), int(RATE * _SECONDS), directory,
        console, changes.make, settings='[store]\ndurability = "replicated"\n', workers=WORKERS,
    )  # fmt: skip
    events = run.ledger.journal.events
    verdict = judged(run.breaches, events, changes.kills.windows, may_lose=False)
    return Outcome("Changes under load", run.ledger, verdict), changes


@click.command()
@click.option("--keep", type=click.Path(path_type=Path), help="where to leave logs and the history")
def main(*, keep: Path | None) -> None:
    """Play the changes, judge, and write the page and its picture."""
    began, console = datetime.now(UTC), Console()
    with tempfile.TemporaryDirectory(prefix="moderation-grow-") as name:
        directory = keep or Path(name)
        directory.mkdir(parents=True, exist_ok=True)
        structlog.configure(
            logger_factory=structlog.WriteLoggerFactory((directory / "driver.log").open("a"))
        )
        outcome, changes = uvloop.run(_played(directory, console))
    console.print(outcome.table())
    if not outcome.is_kept:
        console.print("\n".join(outcome.faults()))
        sys.exit(1)
    for path in grow_page.written(outcome, changes.scenes, changes.drawn, began):
        console.print(f"written: {path}")


if __name__ == "__main__":
    main()
