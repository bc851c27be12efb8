"""Many concurrent calls become one: while a call is on its way, whatever comes waits for the next.

No delay when idle, unless it is asked for; under load one round trip, and one fsync, for many.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_MAX_BATCH = 128


class Coalescer(Generic[T]):
    """One queue a shard. `send` gets a shard and its items, and returns an answer for each.

    `linger_s`: how long each call waits for company, where nobody is kept waiting by that.
    """

    def __init__(
        self, send: Callable[[int, list[T]], Awaitable[list[Any]]], *, linger_s: float = 0.0
    ) -> None:
        self._send = send
        self._linger_s = linger_s
        self._waiting: dict[int, list[tuple[T, asyncio.Future[Any]]]] = {}
        self._running: dict[int, asyncio.Task[None]] = {}

    async def add(self, shard: int, item: T) -> Any:  # noqa: ANN401
        """Send an item with whatever else is waiting; raises what its call raised."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(shard, []).append((item, answer))
        if shard not in self._running:
            self._running[shard] = asyncio.create_task(self._drain(shard))
        return await answer

    async def _drain(self, shard: int) -> None:
        try:
            while self._waiting.get(shard):
                if self._linger_s:
                    await asyncio.sleep(self._linger_s)
                waiting = self._waiting[shard]
                batch, self._waiting[shard] = waiting[:_MAX_BATCH], waiting[_MAX_BATCH:]
                await self._together(shard, batch)
        finally:
            del self._running[shard]

    async def _together(self, shard: int, batch: list[tuple[T, asyncio.Future[Any]]]) -> None:
        try:
            answers = await self._send(shard, [item for item, _ in batch])
        except Exception as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)
