"""Where there is no room, accepting is refused with 503 and Retry-After, and nothing is lost.

Memory: decisions go on, since they are what makes room. Disk: a server that syncs at every write
ends when a write fails, and is started again, as a supervisor would, until there is room.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import aiohttp
import psutil
from rich.console import Console

from tests.acceptance.driver.checker import Breach
from tests.acceptance.driver.drive import Plan
from tests.acceptance.driver.receiver import PATH
from tests.acceptance.driver.texts import mild_comments
from tests.proofs.disk import Disk
from tests.proofs.outcome import Outcome
from tests.proofs.server import Server, embedded
from tests.proofs.service import Traffic, under_traffic
from tests.proofs.window import judged

RATE = 30.0
_SEED = 9
_TIMES = 3
_BETWEEN_S = 20.0
_FULL_S = 8.0
_BACKLOG_S = 2.0
_PROBE_S = 0.25
_RESTART_S = 0.5


@dataclass(slots=True)
class _Full:
    """What is full from time to time. `fill` and `empty` make it so; `answers` are those to a
    repeated submission meanwhile."""

    fill: Callable[[], None]
    empty: Callable[[], None]
    answers: Counter[str] = field(default_factory=Counter)
    decided: int = 0
    recovered_s: list[float] = field(default_factory=list)

    async def make(self, traffic: Traffic) -> None:
        """Be full for a while, `_TIMES` times, each with a queue that was left to grow before."""
        for number in range(_TIMES):
            await traffic.sent((number + 0.3) / _TIMES)
            workers = _workers()
            for worker in workers:
                worker.send_signal(signal.SIGSTOP)
            await asyncio.sleep(_BACKLOG_S)
            self.fill()
            for worker in workers:
                worker.send_signal(signal.SIGCONT)
            before = len(traffic.ledger.decided)
            await self._probe(traffic)
            self.decided += len(traffic.ledger.decided) - before
            self.empty()
            await self._recover(traffic)
            traffic.say(f"full {number + 1} of {_TIMES}: back after {self.recovered_s[-1]:.1f} s")

    async def _probe(self, traffic: Traffic) -> None:
        until = time.monotonic() + _FULL_S
        async with aiohttp.ClientSession() as session:
            while time.monotonic() < until:
                self.answers[await _submitted_again(session, traffic)] += 1
                await asyncio.sleep(_PROBE_S)

    async def _recover(self, traffic: Traffic) -> None:
        since = time.monotonic()
        async with aiohttp.ClientSession() as session, asyncio.timeout(60):
            while not (await _submitted_again(session, traffic)).startswith("2"):  # noqa: ASYNC110
                await asyncio.sleep(_PROBE_S)
        self.recovered_s.append(time.monotonic() - since)

    def breaches(self) -> list[Breach]:
        """Return the answers that were no refusal with a time to come back."""
        return [
            Breach("refusal", "", f"{n} times the answer was {answer}")
            for answer, n in self.answers.items()
            if answer != _REFUSAL
        ]


_REFUSAL = "503 with Retry-After"


async def prove_memory(directory: Path, console: Console) -> Outcome:
    """Have the server's memory full while comments come in."""
    server = embedded(directory / "data")

    def limit(to: str) -> None:
        with server.admin() as admin:
            admin.config_set("maxmemory", to)

    full = _Full(lambda: limit("1mb"), lambda: limit("0"))  # less than an empty server takes
    return await _proved("memory full", server, full, full.make, directory, console)


async def prove_disk(directory: Path, console: Console) -> Outcome:
    """Have the server's disk full while comments come in."""
    disk = Disk(directory)
    server = embedded(disk.data, disk.environ)
    full = _Full(disk.fill, disk.empty)

    async def make(traffic: Traffic) -> None:
        supervising = asyncio.create_task(_supervise(server))
        await full.make(traffic)
        supervising.cancel()

    outcome = await _proved("disk full", server, full, make, directory, console)
    ended = server.log.read_text(errors="replace").count("Can't recover from AOF write error")
    outcome.rows.append(("the server ended for want of room", str(ended)))
    return outcome


async def _proved(
    title: str,
    server: Server,
    full: _Full,
    make: Callable[[Traffic], object],
    directory: Path,
    console: Console,
) -> Outcome:
    plan = Plan(rate=RATE, seed=_SEED)
    count = int(_TIMES * _BETWEEN_S * RATE)
    run = await under_traffic(server, plan, count, directory, console, make)  # type: ignore[arg-type]
    breaches = [*run.breaches, *full.breaches()]
    outcome = Outcome(title, run.ledger, judged(breaches, run.ledger.journal.events, []))
    told = ", ".join(f"{answer}: {n}" for answer, n in full.answers.items())
    outcome.rows += [
        ("times full, each for", f"{_TIMES} × {_FULL_S:.0f} s"),
        ("answers while full", told),
        ("decided while full", str(full.decided)),
        ("accepting again after, at most", f"{max(full.recovered_s):.1f} s"),
    ]
    return outcome


async def _supervise(server: Server) -> None:
    """Start the server whenever it has ended."""
    while True:
        if server.pid is None:
            with suppress(AssertionError):  # it ended again at once
                await server.start()
        await asyncio.sleep(_RESTART_S)


async def _submitted_again(session: aiohttp.ClientSession, traffic: Traffic) -> str:
    """Submit what was accepted long ago, and return what was answered."""
    (comment,) = mild_comments(1, _SEED)
    body = {
        "text": comment.text,
        "external_id": comment.external_id,
        "callback_url": traffic.ends.origin + PATH,
    }
    headers = {"authorization": f"Bearer {traffic.ends.site.api_key}"}
    async with session.post(
        f"{traffic.ends.url}/v1/comments", json=body, headers=headers
    ) as response:
        away = response.status == HTTPStatus.SERVICE_UNAVAILABLE
        says_when = response.headers.get("Retry-After", "").isdigit()
        return _REFUSAL if away and says_when else str(response.status)


def _workers() -> list[psutil.Process]:
    return [
        child for child in psutil.Process().children(recursive=True) if "worker" in child.cmdline()
    ]
