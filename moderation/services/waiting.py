"""Waiting for decisions: one follower a shard wakes whoever waits for a comment."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from moderation.domain.errors import StoreDownError
from moderation.store.store import Store
from moderation.store.tail import Tail

_BLOCK_MS = 2000
_RETRY_S = 0.2


class Waiting:
    """Futures by comment id, set when something is decided or erased; run as a task a shard."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._futures: dict[str, set[asyncio.Future[None]]] = {}
        #: Set whenever anything was decided; the notifier clears it before it looks.
        self.decided = asyncio.Event()

    async def run(self) -> None:
        """Follow every shard until cancelled; a server that is away is waited for."""
        async with asyncio.TaskGroup() as group:
            for shard in range(self._store.shards):
                group.create_task(self._follow(shard))

    async def _follow(self, shard: int) -> None:
        tail = Tail(self._store, shard)
        while True:
            try:
                for happening in await tail.next(_BLOCK_MS):
                    if happening.type in {"decided", "erased"}:
                        self._wake(happening.comment)
            except StoreDownError:
                await asyncio.sleep(_RETRY_S)

    def _wake(self, comment: str) -> None:
        self.decided.set()
        for future in self._futures.pop(comment, ()):
            if not future.done():
                future.set_result(None)

    @contextmanager
    def watch(self, comment: str) -> Iterator[asyncio.Future[None]]:
        """Yield a future that is done when the comment is next decided or erased.

        Watch first, then look at the comment: so nothing is missed in between.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._futures.setdefault(comment, set()).add(future)
        try:
            yield future
        finally:
            future.cancel()
            if watchers := self._futures.get(comment):
                watchers.discard(future)
                if not watchers:
                    del self._futures[comment]
