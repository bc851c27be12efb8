"""A 2xx where there are replicas: what is lost when a primary is killed.

Three ways: the primary comes back before anybody is promoted; a replica that kept up is promoted;
a replica is promoted that was cut off for a while. Only `durability = "replicated"` promises
anything of the last; the others say how much they lost.
"""

from __future__ import annotations

import asyncio
import random
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rich.console import Console

from tests.acceptance.driver.drive import Plan
from tests.acceptance.driver.events import Event
from tests.proofs.outcome import Outcome
from tests.proofs.server import Server
from tests.proofs.service import Traffic, under_traffic
from tests.proofs.topology import Cluster, Servers, Watched, cut_off, is_primary, until
from tests.proofs.window import Window, judged

How = Literal["return", "failover", "lag"]

RATE = 30.0
_BETWEEN_S = 25.0
_AWAY_S = 3.0
_LAG_S = 2.0
#: A replica that keeps up acknowledges once a second: what it has for certain is not older.
_ACKNOWLEDGED_S = 1.0
#: Without it a primary that nobody follows goes on writing what nobody will keep.
GUARD = {"min-replicas-to-write": "1", "min-replicas-max-lag": "3"}


@dataclass(slots=True)
class Kills:
    """The kills of a run, and the time whose writes each of them may have taken."""

    servers: Servers
    how: How
    draw: random.Random
    count: int
    windows: list[Window] = field(default_factory=list)
    away_s: list[float] = field(default_factory=list)

    async def make(self, traffic: Traffic) -> None:
        """Kill one primary after the other, and see the servers whole between."""
        for number in range(self.count):
            await traffic.sent((number + self.draw.uniform(0.1, 0.2)) / self.count)
            primary = self.servers.primary(self.draw)
            replicas = self.servers.replicas_of(primary)
            await (self._returning if self.how == "return" else self._replaced)(
                traffic, primary, replicas
            )
            traffic.say(
                f"kill {number + 1} of {self.count}: no primary for {self.away_s[-1]:.1f} s"
            )
            await until(self.servers.is_whole)

    async def _returning(self, traffic: Traffic, primary: Server, replicas: list[Server]) -> None:
        for replica in replicas:
            with replica.admin() as admin:
                admin.config_set("cluster-replica-no-failover", "yes")
        moment = await _killed(traffic, primary)
        await asyncio.sleep(_AWAY_S)
        await primary.start()
        self.away_s.append(time.monotonic() - moment)

    async def _replaced(self, traffic: Traffic, primary: Server, replicas: list[Server]) -> None:
        since = time.monotonic() - _ACKNOWLEDGED_S
        if self.how == "lag":
            since = cut_off(primary, replicas)
            await asyncio.sleep(_LAG_S)
        moment = await _killed(traffic, primary)
        self.windows.append(Window(since, moment))
        for replica in replicas:
            replica.send(signal.SIGCONT)
        await until(lambda: any(map(is_primary, replicas)))
        self.away_s.append(time.monotonic() - moment)
        back = time.monotonic()
        await primary.start()
        await until(self.servers.is_whole)
        if self.servers.is_briefly_two:
            self.windows.append(Window(back, time.monotonic()))


async def _killed(traffic: Traffic, primary: Server) -> float:
    """Kill a primary and return when (monotonic seconds)."""
    await primary.kill()
    moment = time.monotonic()
    traffic.ledger.see(Event(op="kill", id="primary", t=moment))
    return moment


async def prove_cluster(directory: Path, console: Console, *, how: How, kills: int) -> Outcome:
    """Kill primaries of a cluster."""
    title = {
        "return": "cluster: a primary is killed and comes back",
        "failover": "cluster: a primary is killed, its replica promoted",
        "lag": f"cluster: the same, replica cut off for {_LAG_S:.0f} s before",
    }[how]
    return await _proved(Cluster(directory), title, how, kills, directory, console)


async def prove_watched(
    directory: Path,
    console: Console,
    *,
    durability: Literal["always", "replicated"],
    kills: int,
    guarded: bool = False,
) -> Outcome:
    """Kill a primary whose replicas were cut off; `replicated` has no excuse for any loss.

    A primary that comes back takes writes until Sentinel tells it of its successor, ten seconds
    later; `guarded` ones write only what some replica listens to. At any level a decision can be
    read, and called back, before a replica has it; whoever is promoted then decides again.
    """
    level = f"{durability}, min-replicas-to-write 1" if guarded else durability
    title = f"Sentinel: killed, replicas cut off for {_LAG_S:.0f} s before; {level}"
    settings = f'[store]\ndurability = "{durability}"\n'
    watched = Watched(directory, **(GUARD if guarded else {}))
    return await _proved(watched, title, "lag", kills, directory, console, settings)


async def _proved(
    servers: Servers,
    title: str,
    how: How,
    kills: int,
    directory: Path,
    console: Console,
    settings: str = "",
) -> Outcome:
    made = Kills(servers, how, random.Random(kills), kills)
    plan = Plan(rate=RATE, seed=kills, duplicates=0.05, patience_s=30.0)
    count = int(kills * _BETWEEN_S * RATE)
    run = await under_traffic(
        servers, plan, count, directory, console, made.make, settings=settings
    )
    may_lose = "replicated" not in settings
    verdict = judged(run.breaches, run.ledger.journal.events, made.windows, may_lose=may_lose)
    outcome = Outcome(title, run.ledger, verdict)
    outcome.rows += [
        ("primaries killed -9", str(len(made.away_s))),
        ("  without a primary, at most", f"{max(made.away_s):.1f} s"),
    ]
    return outcome
