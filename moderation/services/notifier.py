"""The notifier: when which callback is sent; at least once each, one in flight a comment.

A receiver that is slow or dead has so many on their way and no more: the others' go on.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from contextlib import suppress
from typing import Literal

import structlog

from moderation.domain import delivery
from moderation.domain.errors import StoreDownError
from moderation.domain.trace import trace_id
from moderation.services.calling import Sender, sending
from moderation.services.waiting import Waiting
from moderation.settings import Settings
from moderation.store import outbox
from moderation.store.coalescing import Coalescer
from moderation.store.store import Store
from moderation.telemetry import Metrics

_IDLE_S = 1.0
_STORE_RETRY_S = 0.25
#: How long a decision waits for others to be taken and settled with: each call costs an fsync, and
#: to the receiver this is nothing.
_LINGER_S = 0.02

log = structlog.get_logger("moderation.callback")


class Notifier:
    """One process's sender of callbacks for all shards."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        waiting: Waiting,
        metrics: Metrics,
        *,
        idle_s: float = _IDLE_S,
    ) -> None:
        """`idle_s`: without news, how long until every shard is looked at (seconds)."""
        self._store = store
        self._settings = settings
        self._waiting = waiting
        self._metrics = metrics
        self._idle_s = idle_s
        self._stopping = asyncio.Event()
        self._settling: Coalescer[outbox.Settlement] = Coalescer(self._settle, linger_s=_LINGER_S)
        #: The shards to look at next; empty: all of them.
        self._news: set[int] = set()
        #: Callbacks on their way, by origin.
        self._busy = Counter[str]()
        #: The shards where some wait for room at their origin, and behind how many of them to go
        #: on; 0: all that is due was looked at.
        self._passed: dict[int, int] = {}

    async def run(self) -> None:
        """Send callbacks until `stop` is called and what is in flight is settled."""
        async with sending(self._settings) as sender:
            in_flight: set[asyncio.Task[None]] = set()
            try:
                while not self._stopping.is_set():
                    await self._round(sender, in_flight)
                if in_flight:
                    await asyncio.wait(in_flight)
            finally:
                for task in in_flight:
                    task.cancel()
                await asyncio.gather(*in_flight, return_exceptions=True)

    def stop(self) -> None:
        """Send nothing more; `run` returns when what is in flight is settled."""
        self._stopping.set()
        self._waiting.decided.set()

    async def _round(self, sender: Sender, in_flight: set[asyncio.Task[None]]) -> None:
        """Take what is due and has room, then wait until there may be more."""
        shards = self._news or set(range(self._store.shards))
        self._news = set()
        self._waiting.decided.clear()
        self._waiting.decided_on.clear()
        lease_ms = round(self._settings.callbacks.timeout_s * 2000)
        try:
            for shard in shards:
                room = self._settings.callbacks.concurrency - len(in_flight)
                if room <= 0:
                    break
                for callback in await self._taken(shard, room, lease_ms):
                    self._busy[callback.origin] += 1
                    task = asyncio.create_task(self._deliver(sender, callback))
                    in_flight.add(task)
                    task.add_done_callback(in_flight.discard)
        except StoreDownError as error:
            self._metrics.store_failed(error)
            await asyncio.sleep(_STORE_RETRY_S)
        await self._until_news(in_flight)

    async def _taken(self, shard: int, room: int, lease_ms: int) -> list[outbox.Callback]:
        """Take what is due and has room at its origin; others are not to wait behind the rest."""
        taken = await outbox.take(
            self._store,
            shard,
            room,
            lease_ms,
            per_origin=self._settings.callbacks.per_origin,
            busy=self._busy,
            passed=self._passed.pop(shard, 0),
        )
        if taken.held_up:
            self._passed[shard] = taken.passed
        if taken.passed:
            self._look_again(shard)
        return taken.callbacks

    def _look_again(self, *shards: int) -> None:
        self._waiting.decided_on.update(shards)
        self._waiting.decided.set()

    async def _until_news(self, in_flight: set[asyncio.Task[None]]) -> None:
        """Wait for a decision or, with no room left, for a delivery; at most `idle_s`.

        Without news every shard is looked at: a retry is due, or a hold-back is over.
        """
        news = asyncio.ensure_future(self._waiting.decided.wait())
        is_full = len(in_flight) >= self._settings.callbacks.concurrency
        waited_for = {news, *in_flight} if is_full else {news}
        try:
            await asyncio.wait(
                waited_for, timeout=self._idle_s, return_when=asyncio.FIRST_COMPLETED
            )
            is_for_room = bool(self._passed) and not any(self._passed.values())
            if news.done() and not is_full and not is_for_room:
                await asyncio.sleep(_LINGER_S)
            self._news = set() if is_full or not news.done() else set(self._waiting.decided_on)
        finally:
            news.cancel()

    async def _deliver(self, sender: Sender, callback: outbox.Callback) -> None:
        started = time.monotonic()
        try:
            outcome, retry_after = await sender.post(callback)
        except Exception:  # a fault of ours: it backs off and dead-letters like any failure
            log.exception("callback failed", comment=callback.comment)
            outcome, retry_after = "fault", None
        finally:
            self._busy -= Counter({callback.origin: 1})
            if self._passed:
                self._look_again(*self._passed)
        self._metrics.callback_duration.observe(time.monotonic() - started)
        attempts = callback.attempts + 1
        delay: float | None = 0.0
        settled: Literal["delivered", "retry", "dead"] = "delivered"
        if outcome != "delivered":
            delay = delivery.next_delay(
                attempts,
                self._settings.callbacks.backoff_s,
                random.random(),  # noqa: S311 - spreads load, hides nothing
                retry_after,
            )
            settled = "dead" if delay is None or outcome == "gone" else "retry"
        self._metrics.callbacks.labels(outcome).inc()
        said = log.bind(
            comment=callback.comment,
            version=callback.version,
            trace_id=trace_id(callback.state.get("tr", "")),
            attempts=attempts,
        )
        if settled != "delivered":
            said.warning("callback not delivered", outcome=outcome, settled=settled)
        else:
            said.info("callback delivered", seconds=round(time.monotonic() - started, 3))
        # Unsettled, the lease lapses and it is sent again: at least once.
        with suppress(StoreDownError):
            done = outbox.Settlement(callback, settled, round((delay or 0.0) * 1000))
            _, left = await self._settling.add(callback.shard, done)
            if left:
                self._look_again(callback.shard)

    async def _settle(
        self, shard: int, settlements: list[outbox.Settlement]
    ) -> list[tuple[str, int]]:
        ttl_ms = round(self._settings.retention.approved_text_h * 3_600_000)
        return await outbox.settle(self._store, shard, settlements, approved_ttl_ms=ttl_ms)
