"""The worker: reserve, judge, record, for ever; and reclaim what another one left behind.

A batch is judged under a heartbeat. A comment that a lost worker had in hand is a suspect and is
judged alone, so that whatever it did to its last holder it does to no neighbour.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import structlog

from moderation.domain.decision import Decision
from moderation.domain.errors import StoreDownError
from moderation.scoring.supervisor import ScorerPool
from moderation.services import reporting
from moderation.services.judging import Judge, Judged
from moderation.settings import Settings
from moderation.store import decisions, past, queue, workers
from moderation.store.store import Store
from moderation.telemetry import Metrics

_BLOCK_MS = 1000
_STORE_RETRY_S = 0.25
_STARTING_S = 0.05
_NO_PATIENCE_S = 0.2
#: Often enough that a word may be missed.
_HERE_S = workers.SILENT_S / 4
_SUSPECTS = 4
#: Batches in flight: while one is being recorded the scorers have the next. So many of a shard, and
#: so many full ones of all shards, so that what one worker can't begin is left to others.
_IN_FLIGHT = 2

log = structlog.get_logger(__name__)


class Worker:
    """One process's worker over all shards."""

    def __init__(
        self, store: Store, settings: Settings, pool: ScorerPool, judge: Judge, metrics: Metrics
    ) -> None:
        self._store = store
        self._settings = settings
        self._pool = pool
        self._judge = judge
        self._metrics = metrics
        self._consumer = f"worker-{secrets.token_hex(4)}"
        self._stopping = asyncio.Event()
        #: How many comments more may be taken, of whatever shard.
        self._room = asyncio.Semaphore(_IN_FLIGHT * settings.worker.batch)
        #: Since when no scorer is ready (monotonic, s); None while one is.
        self._missing_since: float | None = None

    async def run(self) -> None:
        """Work until `stop` is called and what is in hand is recorded."""
        async with asyncio.TaskGroup() as group:
            for shard in range(self._store.shards):
                group.create_task(self._serve(shard))
                group.create_task(self._reclaim(shard))
            group.create_task(self._requeue())
            group.create_task(self._say_so())

    def stop(self) -> None:
        """Take nothing more; `run` returns when the batches in hand are recorded."""
        self._stopping.set()

    async def _serve(self, shard: int) -> None:
        """Take batches, and judge up to `_IN_FLIGHT` of them at once."""
        arrivals = queue.Arrivals(self._store, shard)
        slots = asyncio.Semaphore(_IN_FLIGHT)
        async with asyncio.TaskGroup() as batches:
            while not self._stopping.is_set():
                if self._scorer_is_coming():
                    await self._pause(_STARTING_S)
                    continue
                await slots.acquire()
                room = await self._room_for(self._settings.worker.batch)
                jobs: list[queue.Job] = []
                with self._store_may_be_away() as away:
                    if not self._stopping.is_set():
                        jobs = await queue.take(self._store, shard, self._consumer, room)
                self._give_back(room - len(jobs))
                if jobs:
                    batches.create_task(self._in_slot(slots, jobs))
                    continue
                slots.release()
                with self._store_may_be_away() as gone:
                    await self._until_stop(arrivals.wait(_BLOCK_MS))
                if away or gone:
                    await self._pause(_STORE_RETRY_S)

    async def _in_slot(self, slots: asyncio.Semaphore, jobs: Sequence[queue.Job]) -> None:
        with self._store_may_be_away():
            await self._survive(jobs)
        self._give_back(len(jobs))
        slots.release()

    async def _room_for(self, wanted: int) -> int:
        """Wait until there is room for a comment, and keep what there is, up to `wanted`."""
        await self._room.acquire()
        kept = 1
        while kept < wanted and not self._room.locked():
            await self._room.acquire()  # at once
            kept += 1
        return kept

    def _give_back(self, count: int) -> None:
        for _ in range(count):
            self._room.release()

    def _scorer_is_coming(self) -> bool:
        """Return whether to leave work queued: the scorer is away, but not for long yet."""
        if self._pool.ready:
            self._missing_since = None
            return False
        now = time.monotonic()
        if self._missing_since is None:
            self._missing_since = now
        return now - self._missing_since < self._settings.worker.unavailable_after_s

    async def _reclaim(self, shard: int) -> None:
        lease_s = self._settings.worker.lease_s
        while not self._stopping.is_set():
            await self._pause(lease_s / 4)
            if self._scorer_is_coming():
                continue
            with self._store_may_be_away():
                while not self._stopping.is_set() and await self._judge_suspects(shard):
                    pass

    async def _judge_suspects(self, shard: int) -> bool:
        """Judge a few suspects, each alone; returns whether there were any."""
        lease_ms = round(self._settings.worker.lease_s * 1000)
        suspects = await queue.reclaim(self._store, shard, self._consumer, _SUSPECTS, lease_ms)
        for job in suspects:
            self._metrics.reclaimed.labels(job.lane).inc()
        # All are kept alive from the start: the last one must not lapse while it waits.
        async with self._kept_alive(suspects):
            for job in suspects:
                await self._survive([job])
        return bool(suspects)

    async def _say_so(self) -> None:
        """Let it be known that this worker is there, for whoever counts them."""
        while not self._stopping.is_set():
            with self._store_may_be_away():
                await workers.here(self._store, self._consumer)
            await self._pause(_HERE_S)
        with self._store_may_be_away():
            await workers.gone(self._store, self._consumer)

    async def _requeue(self) -> None:
        while not self._stopping.is_set():
            await self._pause(1.0)
            if not self._pool.ready:
                continue
            for shard in range(self._store.shards):
                with self._store_may_be_away():
                    await queue.requeue_unscored(self._store, shard, 100)

    async def _survive(self, jobs: Sequence[queue.Job]) -> None:
        """Judge and record under a heartbeat; a fault of ours costs a lease, not the worker.

        What is not recorded stays reserved, lapses, and comes back alone; delivered too often, it
        is held. So no comment is lost to a fault, and none can keep one alive for ever.
        """
        try:
            async with self._kept_alive(jobs):
                await self._judge_and_record(jobs)
        except StoreDownError:
            raise
        except Exception:
            log.exception("judging failed", comments=[job.comment for job in jobs])

    async def _judge_and_record(self, jobs: Sequence[queue.Job]) -> None:
        # A scorer that is just being replaced is waited for, or its loss would hold the neighbours.
        is_given_up = not self._scorer_is_coming() and self._missing_since is not None
        patience_s = _NO_PATIENCE_S if is_given_up else None
        started_s = time.time()
        judged = await self._judge.judge(jobs, patience_s)
        retention = self._settings.retention
        recorded = await decisions.record(
            self._store,
            jobs[0].shard,
            [one.ruling for one in judged],
            hold_back_ms=round(self._settings.callbacks.hold_back_s * 1000),
            approved_ttl_ms=round(retention.approved_text_h * 3_600_000),
            again_s=self._settings.worker.rescore_backoff_s,
        )
        for one, result in zip(judged, recorded, strict=True):
            reporting.machine_decision(self._metrics, one, result, started_s)
        await self._note_approvals(judged, recorded)

    async def _note_approvals(
        self, judged: Sequence[Judged], recorded: Sequence[decisions.Recorded]
    ) -> None:
        approved = [
            (one.ruling.job.comment, said.site, said.author.id, result.at_ms)
            for one, result in zip(judged, recorded, strict=True)
            if result.code == "recorded" and one.ruling.verdict.decision is Decision.APPROVE
            for said in [one.ruling.job.submission]
            if said.author.id
        ]
        if approved:
            keep_ms = self._settings.retention.record_ms
            await past.note_approvals(self._store, approved, keep_ms=keep_ms)

    @asynccontextmanager
    async def _kept_alive(self, jobs: Sequence[queue.Job]) -> AsyncIterator[None]:
        """Renew the lease on `jobs` until the block ends."""

        async def beat() -> None:
            while True:
                await asyncio.sleep(self._settings.worker.heartbeat_s)
                with suppress(StoreDownError):
                    await queue.keep_alive(self._store, self._consumer, jobs)

        beating = asyncio.create_task(beat())
        try:
            yield
        finally:
            beating.cancel()

    @contextmanager
    def _store_may_be_away(self) -> Iterator[list[StoreDownError]]:
        """Survive a store that is away: leases lapse and are reclaimed when it is back."""
        away: list[StoreDownError] = []
        try:
            yield away
        except StoreDownError as error:
            self._metrics.store_failed(error)
            away.append(error)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _until_stop(self, waiting: Coroutine[Any, Any, None]) -> None:
        """Await something that may be dropped when it is time to stop."""
        task = asyncio.ensure_future(waiting)
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                task.result()
        finally:  # cancelled too: neither may outlive this call
            task.cancel()
            stop.cancel()
