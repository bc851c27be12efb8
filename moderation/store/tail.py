"""Following what just happened on a shard: for those who wait, and for live views."""

from __future__ import annotations

from dataclasses import dataclass

from moderation.store import keys
from moderation.store.store import Store, down_on_error


@dataclass(frozen=True, slots=True)
class Happening:
    """What befell one comment: decided, edited, escalated, undone, erased, claimed or released.

    `person`: the id of who claimed or released it, else "".
    """

    comment: str
    version: int
    site: str
    type: str
    person: str = ""


class Tail:
    """Reads the shard's short stream from now on; a lost connection loses nothing that is in it."""

    def __init__(self, store: Store, shard: int) -> None:
        self._store = store
        self._key = keys.tail(shard)
        self._last: str | None = None

    async def start(self) -> None:
        """Fix the point from which to follow. Raises StoreDownError."""
        async with down_on_error():
            newest = await self._store.redis.xrevrange(self._key, count=1)
        self._last = newest[0][0] if newest else "0"

    async def next(self, block_ms: int) -> list[Happening]:
        """Return what happened since the last call; wait up to `block_ms` for something."""
        if self._last is None:
            await self.start()
        async with down_on_error():
            news = await self._store.clients.blocking.xread(
                {self._key: self._last}, count=500, block=block_ms
            )
        found = []
        for entries in (news or {}).values():
            for sid, entry in entries:
                self._last = sid
                found.append(
                    Happening(
                        entry["id"],
                        int(entry["ver"]),
                        entry["site"],
                        entry["type"],
                        entry.get("by", ""),
                    )
                )
        return found
