"""What just happened to a site's comments, told to the open pages of those who moderate it.

Ids, names and codes; never a text, and no note. Nothing is promised: who is too slow is cut off,
and a page that connects again reads anew what it shows.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from moderation.domain.errors import OverloadedError, StoreDownError
from moderation.services.answers import timestamp
from moderation.store import reading
from moderation.store.store import Store
from moderation.store.tail import Happening, Tail

_BLOCK_MS = 2000
_RETRY_S = 0.2
#: An open stream is a request in hand, of which a process has so many (`web/middlewares.py`): most
#: of them are for comments.
_MOST_LISTENERS = 500
_FULL_S = 5
#: Events that may wait for one listener.
_MOST_WAITING = 256
#: What is not written in a comment's trail: who did it is told by their id alone.
_UNWRITTEN = frozenset({"claimed", "released"})


class Listener:
    """An asynchronous iterator over one site's events; ends when cut off, or when all is over."""

    def __init__(self, site: str) -> None:
        self.site = site
        # One more than may wait: there is always room for the end.
        self._waiting: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(_MOST_WAITING + 1)

    def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        return self

    async def __anext__(self) -> dict[str, Any]:
        event = await self._waiting.get()
        if event is None:
            raise StopAsyncIteration
        return event

    def offer(self, event: dict[str, Any]) -> bool:
        """Give it an event; False when too many wait already."""
        if self._waiting.qsize() >= _MOST_WAITING:
            return False
        self._waiting.put_nowait(event)
        return True

    def end(self) -> None:
        """Let it end after what waits."""
        self._waiting.put_nowait(None)


class Live:
    """One process's listeners. A shard is followed while there are any."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._listeners: set[Listener] = set()
        self._wanted = asyncio.Event()
        self._closed = False
        self._tails = [Tail(store, shard) for shard in range(store.shards)]

    async def run(self) -> None:
        """Tell what happens until cancelled; a server that is away is waited for."""
        try:
            async with asyncio.TaskGroup() as group:
                for tail in self._tails:
                    group.create_task(self._follow(tail))
        finally:
            self.close()

    def close(self) -> None:
        """End every listener, and whoever comes later: the service is about to stop."""
        self._closed = True
        for listener in self._listeners:
            listener.end()
        self._listeners.clear()

    @asynccontextmanager
    async def follow(self, site: str) -> AsyncIterator[Listener]:
        """Yield the site's events from now on.

        Each is {type, id, version, decision, undoes, appeal, by, by_id, at}: `type` is decided,
        held, escalated, appealed, edited, erased, claimed or released; `decision` of the first two;
        `undoes` the version that was taken back; `appeal` the one that was decided or opened again;
        `by` a person's name, `by_id` their id, None for a machine; `at` when (RFC 3339). Raises
        OverloadedError when as many listen as may, StoreDownError.
        """
        if len(self._listeners) >= _MOST_LISTENERS:
            raise OverloadedError(_FULL_S)
        listener = Listener(site)
        if not (self._closed or self._listeners):
            for tail in self._tails:
                await tail.start()
        if self._closed:
            listener.end()
        else:
            self._listeners.add(listener)
            self._wanted.set()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners:
                self._wanted.clear()

    async def _follow(self, tail: Tail) -> None:
        while True:
            await self._wanted.wait()
            try:
                await self._tell(await tail.next(_BLOCK_MS))
            except StoreDownError:
                await asyncio.sleep(_RETRY_S)

    async def _tell(self, happenings: Iterable[Happening]) -> None:
        sites = {listener.site for listener in self._listeners}
        wanted = [one for one in happenings if one.site in sites]
        asked = [(one.comment, one.version) for one in wanted]
        events = await reading.read_events(self._store, asked) if asked else []
        for happening, event in zip(wanted, events, strict=True):
            self._offer(happening.site, _told(happening, event or {}))

    def _offer(self, site: str, event: dict[str, Any]) -> None:
        for listener in [one for one in self._listeners if one.site == site]:
            if not listener.offer(event):
                self._listeners.discard(listener)
                listener.end()


def _told(happening: Happening, event: dict[str, Any]) -> dict[str, Any]:
    if happening.type in _UNWRITTEN:
        event = {"actor": {"id": happening.person}}
    kind, decision = happening.type, event.get("decision")
    if kind == "undone" or (kind == "decided" and decision == "hold"):
        kind = "held"
    actor = event.get("actor") or {}
    return {
        "type": kind,
        "id": happening.comment,
        "version": happening.version,
        "decision": decision,
        "undoes": event.get("undoes"),
        "appeal": event.get("appeal"),
        "by": actor.get("name"),
        "by_id": actor.get("id"),
        "at": timestamp(int(event.get("at") or time.time() * 1000)),
    }
