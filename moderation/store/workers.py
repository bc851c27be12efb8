"""Which workers there are: each says so now and then, and takes itself out when it ends.

What the server knows of a group's consumers would not do: Redis before 7.2 notes one only when it
is given a comment, and keeps it when it is gone.
"""

from __future__ import annotations

import time

from moderation.store import keys
from moderation.store.store import Store, down_on_error

#: After so long without a word a worker is held to be gone.
SILENT_S = 60.0


async def here(store: Store, worker: str) -> None:
    """Say that a worker is there. Raises StoreDownError, as all here."""
    now = time.time()
    async with down_on_error():
        await store.redis.zadd(keys.WORKERS, {worker: now})
        await store.redis.zremrangebyscore(keys.WORKERS, 0, now - SILENT_S)


async def gone(store: Store, worker: str) -> None:
    """Say that a worker takes nothing more."""
    async with down_on_error():
        await store.redis.zrem(keys.WORKERS, worker)


async def count(store: Store) -> int:
    """Return how many workers there are; one that was killed counts for `SILENT_S` more."""
    async with down_on_error():
        return int(await store.redis.zcount(keys.WORKERS, time.time() - SILENT_S, "+inf"))
