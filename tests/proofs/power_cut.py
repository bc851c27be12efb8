"""A 2xx survives a power cut: what was accepted is there, and decided once.

Everything is killed at a random moment, and from the server's files all is taken that it had not
synced. Every other cut meets the disk in the middle of a sync, so that a torn record is left.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from tests.acceptance.driver.drive import Plan
from tests.acceptance.driver.events import Event
from tests.proofs.disk import Cut, Disk
from tests.proofs.outcome import Outcome
from tests.proofs.server import Server, embedded
from tests.proofs.service import Traffic, under_traffic
from tests.proofs.window import Window, judged

RATE = 30.0
_BETWEEN_S = 10.0
_SOME = 60
_BACK_S = 20.0
_REWRITE_SHARE = 0.3
_STALL_S = 0.3


@dataclass(slots=True)
class _Cuts:
    """The cuts of a run, and the time whose writes each of them took."""

    server: Server
    disk: Disk
    draw: random.Random
    count: int
    made: list[tuple[Cut, Window]] = field(default_factory=list)
    rewrites: int = 0

    async def make(self, traffic: Traffic) -> None:
        for number in range(self.count):
            before = len(traffic.ledger.accepted)
            await traffic.sent((number + self.draw.uniform(0.3, 0.7)) / self.count)
            await self._back(traffic, before + _SOME)
            await self._one(traffic, is_torn=number % 2 == 0)

    async def _back(self, traffic: Traffic, accepted: int) -> None:
        """Wait until the service takes comments again, which a busy machine may delay."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_BACK_S):
                while len(traffic.ledger.accepted) < accepted:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        await asyncio.sleep(self.draw.uniform(0, 1))

    async def _one(self, traffic: Traffic, *, is_torn: bool) -> None:
        if self.draw.random() < _REWRITE_SHARE:
            with self.server.admin() as admin:
                admin.bgrewriteaof()
            self.rewrites += 1
            await asyncio.sleep(self.draw.uniform(0, 0.2))
        if is_torn:
            self.disk.stall()
            await asyncio.sleep(_STALL_S)
        await self.server.kill()
        traffic.service.kill_roles()
        moment = time.monotonic()
        cut = self.disk.cut(torn_share=self.draw.uniform(0.05, 0.95) if is_torn else 0.0)
        self.made.append((cut, Window(cut.synced_at, moment)))
        traffic.ledger.see(Event(op="kill", id="power", t=moment))
        await self.server.start()
        since_ms = max(0.0, 1000 * (moment - cut.synced_at))
        traffic.say(
            f"power cut {len(self.made)} of {self.count}: {cut.bytes_gone:,} bytes gone, "
            f"{cut.torn:,} torn, written within {since_ms:,.0f} ms"
        )


async def prove(directory: Path, console: Console, *, cuts: int, fsync: str) -> Outcome:
    """Cut the power `cuts` times under one `appendfsync`; `always` has no excuse for any loss."""
    disk = Disk(directory)
    server = embedded(disk.data, disk.environ, appendfsync=fsync)
    planned = _Cuts(server, disk, random.Random(cuts), cuts)
    count = int(cuts * _BETWEEN_S * RATE)
    plan = Plan(rate=RATE, seed=cuts, duplicates=0.05, patience_s=60.0)
    durability = f'[store]\ndurability = "{fsync}"\n'
    run = await under_traffic(
        server, plan, count, directory, console, planned.make, settings=durability
    )
    windows = [] if fsync == "always" else [window for _, window in planned.made]
    verdict = judged(run.breaches, run.ledger.journal.events, windows)
    made = [cut for cut, _ in planned.made]
    said = server.log.read_text(errors="replace")
    outcome = Outcome(f"power cut, appendfsync {fsync}", run.ledger, verdict)
    outcome.rows += [
        ("power cuts", str(len(made))),
        ("  while a sync was under way", str(sum(cut.torn > 0 for cut in made))),
        ("  tails that the server cut off", str(said.count("Truncating the AOF"))),
        ("  soon after a rewrite was asked for", str(planned.rewrites)),
        ("bytes gone", f"{sum(cut.bytes_gone for cut in made):,}"),
    ]
    if windows:
        widest = max(window.until - window.since for window in windows)
        outcome.rows.append(("longest time unsynced at a cut", f"{widest:.2f} s"))
    return outcome
