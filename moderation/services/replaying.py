"""Replays of drafts beside the requests: one at a time in a process, told to every process.

A replay reads what is stored in bounded pages and writes only how far it came, so it may be ended
at any moment. Whoever asks is answered from the store, whichever process works on it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from moderation.domain.errors import OverloadedError, StoreDownError
from moderation.domain.policy import Policy
from moderation.services.replay import Replay, replay
from moderation.store import reading, replays
from moderation.store.replays import Told
from moderation.store.store import Store

_TELL_EVERY_S = 0.5
_RETRY_S = 10

#: What replays: as `services.replay.replay`.
Work = Callable[[Store, str, Policy, Callable[[int], None]], Awaitable[Replay]]

log = structlog.get_logger("moderation.replaying")


class Replaying:
    """The use case of one process."""

    def __init__(self, store: Store, work: Work = replay) -> None:
        self._store = store
        self._work = work
        self._task: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()  # from the look at what runs until the new one is known

    async def start(self, policy: Policy, site: str, by: str) -> str:
        """Begin to replay a policy over a site's decisions; return the replay's id.

        One of the same policy that still runs is given up for it. Raises OverloadedError while
        this process replays another policy, StoreDownError.
        """
        async with self._starting:
            if self._task and not self._task.done():
                told = await replays.find(self._store, policy.name)
                if not (told and told.state == "running" and self._task.get_name() == told.id):
                    raise OverloadedError(_RETRY_S)
                await self._end()
            told = Told(
                id=secrets.token_hex(8),
                state="running",
                site=site,
                digest=policy.digest(),
                by=by,
                total=await reading.feed_length(self._store, site),
            )
            await replays.begin(self._store, policy.name, told)
            self._task = asyncio.create_task(self._run(policy, told), name=told.id)
            return told.id

    async def find(self, policy: str) -> Told | None:
        """Return the last replay of a policy's drafts, None where none is known any more."""
        return await replays.find(self._store, policy)

    async def cancel(self, policy: str) -> None:
        """End a policy's replay, in whichever process it runs; one that has ended stays."""
        told = await self.find(policy)
        if told:
            await replays.end(self._store, policy, told.id, "cancelled")

    async def stop(self) -> None:
        """End what runs in this process: it is about to end itself."""
        async with self._starting:
            await self._end()

    async def _end(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self, policy: Policy, told: Told) -> None:
        seen = 0

        def progress(count: int) -> None:
            nonlocal seen
            seen = count

        replaying = self._work(self._store, told.site, policy, progress)
        work = asyncio.ensure_future(replaying)
        try:
            while not work.done():
                await asyncio.wait([work], timeout=_TELL_EVERY_S)
                if not await replays.progress(self._store, policy.name, told.id, seen):
                    return
            await replays.end(self._store, policy.name, told.id, "done", said(work.result()))
        except asyncio.CancelledError:
            await replays.end(self._store, policy.name, told.id, "cancelled")
            raise
        except StoreDownError:
            log.warning("a replay was given up: the store is away", policy=policy.name)
        except Exception:
            log.exception("a replay failed", policy=policy.name)
            await replays.end(self._store, policy.name, told.id, "failed")
        finally:
            work.cancel()


def said(found: Replay) -> dict[str, Any]:
    """Return what came of a replay as it is stored: counts and ids."""
    return {
        "changes": [[then, now, n] for (then, now), n in sorted(found.changes.items())],
        "left_out": dict(sorted(found.left_out.items())),
        "unasked": dict(sorted(found.unasked.items())),
        "examples": list(found.examples),
    }
