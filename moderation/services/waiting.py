"""Waiting for decisions: one follower a shard wakes whoever waits for a comment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from moderation.domain.errors import StoreDownError
from moderation.store.store import Store
from moderation.store.tail import Tail

_BLOCK_MS = 2000
_RETRY_S = 0.2
#: What ends a wait; an edit or a claim is none of its business.
_ENDS = frozenset({"decided", "erased"})


class Waiting:
    """Futures by comment id, set when the comment is decided or erased.

    A shard is followed while somebody waits for a comment of it, or all the time with `always`:
    following costs a wake-up a decision, whosever it is.
    """

    def __init__(self, store: Store, *, always: bool) -> None:
        self._store = store
        self._always = always
        self._futures: dict[str, set[asyncio.Future[None]]] = {}
        self._tails = [Tail(store, shard) for shard in range(store.shards)]
        self._watched = [0] * store.shards
        self._wanted = [asyncio.Event() for _ in self._tails]
        #: Set when something was decided, on the shards in `decided_on`; the notifier clears both.
        self.decided = asyncio.Event()
        self.decided_on: set[int] = set()

    async def run(self) -> None:
        """Follow what is to be followed until cancelled; a server that is away is waited for."""
        async with asyncio.TaskGroup() as group:
            for shard, tail in enumerate(self._tails):
                if self._always:
                    self._wanted[shard].set()
                group.create_task(self._follow(shard, tail))

    async def _follow(self, shard: int, tail: Tail) -> None:
        while True:
            await self._wanted[shard].wait()
            try:
                for happening in await tail.next(_BLOCK_MS):
                    if happening.type in _ENDS:
                        self._wake(happening.comment, shard)
            except StoreDownError:
                await asyncio.sleep(_RETRY_S)

    def _wake(self, comment: str, shard: int) -> None:
        self.decided_on.add(shard)
        self.decided.set()
        for future in self._futures.pop(comment, ()):
            if not future.done():
                future.set_result(None)

    @asynccontextmanager
    async def watch(self, comment: str) -> AsyncIterator[asyncio.Future[None]]:
        """Yield a future that is done when the comment is next decided or erased.

        Watch first, then look at the comment: so nothing is missed in between. Raises
        StoreDownError.
        """
        shard = self._store.shard(comment)
        if not self._always and not self._watched[shard]:
            await self._tails[shard].start()
        self._watched[shard] += 1
        self._wanted[shard].set()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._futures.setdefault(comment, set()).add(future)
        try:
            yield future
        finally:
            future.cancel()
            self._forget(comment, future)
            self._watched[shard] -= 1
            if not self._always and not self._watched[shard]:
                self._wanted[shard].clear()

    def _forget(self, comment: str, future: asyncio.Future[None]) -> None:
        if watchers := self._futures.get(comment):
            watchers.discard(future)
            if not watchers:
                del self._futures[comment]
