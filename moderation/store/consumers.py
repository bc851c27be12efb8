"""How many workers there are, by when the server last heard of them. Changes nothing."""

from __future__ import annotations

from typing import Any

from redis.exceptions import ResponseError

from moderation.store import keys
from moderation.store.store import Store, down_on_error

#: What a server says of a stream or a group that it doesn't have.
_EMPTY = ("no such key", "NOGROUP")


async def heard_of(store: Store, within_ms: int) -> int:
    """Return how many workers asked for comments in the last `within_ms`.

    One that is gone stays known to the server, so it counts until then. Raises StoreDownError.
    """
    async with down_on_error():
        try:
            known: list[dict[str, Any]] = await store.redis.xinfo_consumers(
                keys.queue(0, keys.LANES[0]), keys.GROUP
            )
        except ResponseError as error:
            if not str(error).startswith(_EMPTY):
                raise
            return 0  # a server that came back empty: no worker has asked it yet
    return sum(one["idle"] <= within_ms for one in known)
