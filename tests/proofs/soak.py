"""Every promise over time: sustained load with every process killed, and nothing left behind.

Kills come in the first three fifths; in the calm after them, memory is watched. Then a moderator
decides what is held, everything is stopped, and started again when all has outlived its retention:
the clock of every process is 400 days ahead.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import redis
from rich.console import Console

from moderation.store.embedded import EmbeddedServer
from moderation.store.server_socket import find_running
from tests.acceptance.driver.checker import Breach
from tests.acceptance.driver.drive import Plan
from tests.acceptance.driver.schedule import kills
from tests.proofs.keyspace import STANDING, kinds, told, used_mb
from tests.proofs.memory import Memory
from tests.proofs.outcome import Outcome
from tests.proofs.people import decide_all
from tests.proofs.preload import built
from tests.proofs.service import Traffic, under_traffic
from tests.proofs.window import judged

RATE = 30.0
_SEED = 5
_KILLED_SHARE = 0.6
_KILL_EVERY_S = 6.0
_AHEAD_S = 400 * 86_400
#: Two sweeps, a minute apart: the first takes texts, the second records.
_SWEPT_S = 240.0
_LOOK_S = 1.0


@dataclass(slots=True)
class _Soak:
    data: Path
    clock: Path
    memory: Memory = field(default_factory=Memory)
    calm_since: float = 0.0
    people: int = 0
    keys: dict[str, str] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)

    async def watch(self, traffic: Traffic) -> None:
        """Note what is there at first, and watch memory to the last comment."""
        self._note("at first")
        watching = asyncio.create_task(self.memory.watch())
        await traffic.sent(_KILLED_SHARE)
        self.calm_since = time.monotonic() + _KILL_EVERY_S  # the last killed has to load yet
        await traffic.sent(1.0)
        watching.cancel()

    async def let_go(self, traffic: Traffic) -> None:
        """Decide what is held, go 400 days ahead, and wait until retention has done its work."""
        self.people = await decide_all(traffic.ends)
        await _until_gone(self._url, "out")
        self._note("with all decided")
        traffic.say("everything is stopped, and started 400 days later …")
        await traffic.service.stop()
        ahead = {"LD_PRELOAD": str(self.clock), "CLOCK_AHEAD": str(_AHEAD_S)}
        os.environ.update(ahead)
        try:
            await traffic.service.start()
        finally:
            for name in ahead:
                del os.environ[name]
        await _until_gone(self._url, "exp")
        self._note("400 days later")
        self.left = set(kinds(self._url)) - STANDING

    @property
    def _url(self) -> str:
        url = find_running(self.data)
        assert url is not None, "the server does not answer"
        return url

    def _note(self, when: str) -> None:
        self.keys[when] = f"{told(kinds(self._url))}; {used_mb(self._url):.1f} MB"


async def prove(directory: Path, console: Console, *, minutes: float) -> Outcome:
    """Soak for some minutes."""
    seconds = 60 * minutes
    data = directory / "data"
    soak = _Soak(data, built("clock", directory))
    strikes = kills(int(_KILLED_SHARE * seconds / _KILL_EVERY_S), _KILLED_SHARE * seconds, _SEED)
    plan = Plan(rate=RATE, seed=_SEED, duplicates=0.1, kills=strikes)
    run = await under_traffic(
        EmbeddedServer(data), plan, int(seconds * RATE), directory, console,
        soak.watch, afterwards=soak.let_go, failing=0.05,
    )  # fmt: skip
    left = [Breach("kept", kind, "keys outlived their retention") for kind in sorted(soak.left)]
    verdict = judged([*run.breaches, *left], run.ledger.journal.events, [])
    outcome = Outcome(f"soak, {minutes:g} minutes", run.ledger, verdict)
    struck = ", ".join(f"{name} {n}" for name, n in sorted(run.ledger.kills.items()))
    outcome.rows += [("kill -9", struck), ("people's decisions", f"{soak.people:,}")]
    outcome.rows += [(f"keys {when}", counts) for when, counts in soak.keys.items()]
    outcome.rows += soak.memory.rows(soak.calm_since)
    return outcome


async def _until_gone(url: str, index: str) -> None:
    """Return when a due-time index is empty; TimeoutError when it does not become so."""
    with redis.Redis.from_url(url) as client:
        async with asyncio.timeout(_SWEPT_S):
            while client.zcard(f"{{s0}}:{index}"):  # noqa: ASYNC110 - retention tells nobody
                await asyncio.sleep(_LOOK_S)
