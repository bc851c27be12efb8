"""What is held of a site by severity: how much of it, and which of a band; escalated ones are not.

Read from the index by score, whose places are the severities below zero: the worst come first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from moderation.store import keys
from moderation.store.store import Store, down_on_error

_FIELDS = ("ver", "lp", "lu", "why")


@dataclass(frozen=True, slots=True)
class Standing:
    """A held comment: who has claimed it until when (ms), and the codes that it is held for."""

    id: str
    version: int
    claimed_by: str | None
    claimed_until: int
    why: frozenset[str]


async def histogram(store: Store, site: str, edges: Sequence[float]) -> list[int]:
    """Return how many there are between neighbouring edges, each with its lower and not its upper.

    The last edge is 1, which belongs to its part.
    """
    parts = list(pairwise(edges))
    counts = [0] * len(parts)
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for shard in range(store.shards):
            for low, high in parts:
                pipeline.zcount(keys.held(shard, site, "scr"), *_places(low, high))
        for number, count in enumerate(await pipeline.execute()):
            counts[number % len(parts)] += count
    return counts


async def worst(store: Store, site: str, low: float, high: float, count: int) -> list[Standing]:
    """Return up to `count` of a band, the worst first; `high` belongs to it only if that is 1."""
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for shard in range(store.shards):
            key, (first, last) = keys.held(shard, site, "scr"), _places(low, high)
            pipeline.zrange(key, first, last, byscore=True, offset=0, num=count, withscores=True)
        rows = [row for found in await pipeline.execute() for row in found]
        ids = [comment for comment, _ in sorted(rows, key=lambda row: (row[1], row[0]))[:count]]
        pipeline = store.redis.pipeline(transaction=False)
        for comment in ids:
            pipeline.hmget(keys.state(store.shard(comment), comment), _FIELDS)
        states = await pipeline.execute() if ids else []
    return [
        Standing(comment, int(version), person, int(until or 0), frozenset((why or "").split(",")))
        for comment, (version, person, until, why) in zip(ids, states, strict=True)
        if version  # erased meanwhile
    ]


def _places(low: float, high: float) -> tuple[str, str]:
    return "-inf" if high >= 1 else f"({-high!r}", f"{-low!r}"
