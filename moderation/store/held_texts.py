"""A site's held comments from the newest on, and their texts: what a search goes through."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.store import keys
from moderation.store.store import Store, down_on_error

#: When a comment was received (ms), and its id: where it stands among others.
Place = tuple[float, str]
#: The indexes that have every held comment once: those that wait, and those that were escalated.
WAITING, ESCALATED = "age", "esc"


async def older(
    store: Store, site: str, orders: Sequence[str], before: Place | None, count: int
) -> list[Place]:
    """Return the next `count` held comments from the newest on; those behind a place, if given."""
    names = _indexes(store, site, orders)
    newest = before[0] if before else "+inf"
    async with down_on_error():
        # Those of the place's own millisecond come again, and are left out below.
        same = await _counts(store, names, newest, newest) if before else [0] * len(names)
        pipeline = store.redis.pipeline(transaction=False)
        for name, ties in zip(names, same, strict=True):
            pipeline.zrevrangebyscore(
                name, newest, "-inf", start=0, num=count + ties, withscores=True
            )
        found = await pipeline.execute()
    places = [(float(received), comment) for rows in found for comment, received in rows]
    places.sort(reverse=True)
    return [place for place in places if before is None or place < before][:count]


async def payloads(store: Store, comments: Sequence[str]) -> list[str | None]:
    """Return comments' payloads, in order; None for one whose text is no longer kept."""
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for comment in comments:
            pipeline.get(keys.payload(store.shard(comment), comment))
        return list(await pipeline.execute())


async def counts(
    store: Store, site: str, orders: Sequence[str], before: Place | None
) -> tuple[int, int]:
    """Return how many are held, and how many of them stand behind a place, about (None: none)."""
    names = _indexes(store, site, orders)
    async with down_on_error():
        held = sum(await _counts(store, names, "-inf", "+inf"))
        left = sum(await _counts(store, names, "-inf", f"({before[0]}")) if before else 0
    return held, left


def _indexes(store: Store, site: str, orders: Sequence[str]) -> list[str]:
    return [keys.held(shard, site, order) for shard in range(store.shards) for order in orders]


async def _counts(
    store: Store, names: Sequence[str], low: float | str, high: float | str
) -> list[int]:
    pipeline = store.redis.pipeline(transaction=False)
    for name in names:
        pipeline.zcount(name, low, high)
    return list(await pipeline.execute())
