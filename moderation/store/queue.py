"""The work queue: reserve, keep alive, reclaim, put back; and how deep it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import ResponseError

from moderation.domain.comment import Submission
from moderation.domain.errors import StoreDownError
from moderation.store import keys
from moderation.store.store import Store, down_on_error, make_groups


@dataclass(frozen=True, slots=True)
class Job:
    """One revision of one comment, reserved for a consumer.

    `deliveries` counts reservations, this one included. `again`: it is held without a score and is
    being scored once more. `received_ms`: when the revision was accepted. `trace`: the traceparent
    that it came with, or ''.
    """

    shard: int
    lane: str
    stream_id: str
    comment: str
    revision: int
    again: bool
    deliveries: int
    received_ms: int
    submission: Submission = field(repr=False)
    trace: str = ""


async def take(store: Store, shard: int, consumer: str, count: int) -> list[Job]:
    """Reserve up to `count` comments that nobody has taken yet."""
    return await _take(store, shard, consumer, count, lapsed="0", min_idle_ms=0)


async def reclaim(
    store: Store, shard: int, consumer: str, count: int, min_idle_ms: int
) -> list[Job]:
    """Reserve comments whose holder has not been heard of for `min_idle_ms`: suspects."""
    return await _take(store, shard, consumer, count, lapsed="1", min_idle_ms=min_idle_ms)


async def _take(
    store: Store, shard: int, consumer: str, count: int, *, lapsed: str, min_idle_ms: int
) -> list[Job]:
    try:
        rows = await store.run("take", shard, consumer, count, lapsed, min_idle_ms)
    except StoreDownError as error:
        # A server that came back empty has lost its groups; the next round finds them.
        if isinstance(error.__cause__, ResponseError) and "NOGROUP" in str(error.__cause__):
            async with down_on_error():
                await make_groups(store)
            return []
        raise
    return [
        Job(
            shard,
            lane,
            sid,
            comment,
            int(revision),
            kind == "again",
            int(deliveries),
            int(received),
            Submission.from_json(payload),
            trace,
        )
        for lane, sid, comment, revision, kind, deliveries, received, payload, trace in rows
    ]


async def keep_alive(store: Store, consumer: str, jobs: Iterable[Job]) -> None:
    """Tell the queue that these are still being worked on, without counting a delivery."""
    by_stream: dict[str, list[str]] = {}
    for job in jobs:
        by_stream.setdefault(keys.queue(job.shard, job.lane), []).append(job.stream_id)
    async with down_on_error():
        for stream, ids in by_stream.items():
            await store.redis.xclaim(stream, keys.GROUP, consumer, 0, ids, justid=True)


class Arrivals:
    """Waits for new entries of a shard's lanes without taking them.

    It remembers the newest entry that it saw, so that one which arrives between a look and the wait
    is not missed.
    """

    def __init__(self, store: Store, shard: int) -> None:
        self._redis = store.clients.blocking
        self._seen = {keys.queue(shard, lane): "0" for lane in keys.LANES}

    async def wait(self, block_ms: int) -> None:
        """Return when something new was queued, or after `block_ms`."""
        async with down_on_error():
            news = await self._redis.xread(self._seen, count=500, block=block_ms)
        for stream, entries in (news or {}).items():
            self._seen[stream] = entries[-1][0]


async def requeue_unscored(store: Store, shard: int, count: int) -> int:
    """Queue comments that are held without a score and due for another try; return how many."""
    return int(await store.run("requeue", shard, count))


@dataclass(frozen=True, slots=True)
class Depth:
    """One lane of one shard: entries, how many of them are reserved, age of the oldest (s)."""

    lane: str
    entries: int
    pending: int
    oldest_s: float


async def depths(store: Store, now_ms: float) -> list[Depth]:
    """Return the depth of every lane, summed over shards (the oldest: the maximum)."""
    found: list[Depth] = []
    async with down_on_error():
        for lane in keys.LANES:
            entries = pending = 0
            oldest = 0.0
            for shard in range(store.shards):
                stream = keys.queue(shard, lane)
                entries += await store.redis.xlen(stream)
                pending += await _reserved(store, stream)
                for sid, _ in await store.redis.xrange(stream, count=1):
                    oldest = max(oldest, (now_ms - int(sid.split("-")[0])) / 1000)
            found.append(Depth(lane, entries, pending, oldest))
    return found


async def _reserved(store: Store, stream: str) -> int:
    """Return how many entries of a stream are reserved: none, of one whose group is not there."""
    try:
        summary: Any = await store.redis.xpending(stream, keys.GROUP)
    except ResponseError as error:
        if "NOGROUP" not in str(error):
            raise
        return 0
    return int(summary["pending"])
