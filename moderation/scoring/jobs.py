"""Texts on their way to a scorer: who waits, who has an outcome, and what is forgotten.

A text leaves the queue with the call that brought it, scored or not; none stays behind in memory.
Nothing here knows processes.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from moderation.domain.scores import Outcome, Unscored, UnscoredReason

#: How many short texts go to a child at once, where as many wait, and how long (code points)
#: together: each exchange wakes two processes, and neighbours should not wait for a long text.
TOGETHER, TOGETHER_LENGTH = 4, 4000


@dataclass(slots=True, eq=False)
class Job:
    """One text. `outcome` is set exactly once, by whoever comes first."""

    number: int
    text: str
    outcome: asyncio.Future[Outcome]
    in_hand: bool = False  # a child has it now
    blamed: UnscoredReason | None = None  # how its first child was lost

    def settle(self, outcome: Outcome) -> None:
        """Set the outcome; no effect on a job that has one."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    def give_up(self) -> None:
        """Settle it without a score, with the reason that it stands at."""
        waited = UnscoredReason.TIMEOUT if self.in_hand else UnscoredReason.UNAVAILABLE
        self.settle(Unscored(self.blamed or waited))


class JobQueue:
    """First come, first served, over all calls."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._waiting: asyncio.Queue[Job] = asyncio.Queue()
        self._open: set[Job] = set()

    def add(self, texts: Sequence[str]) -> list[Job]:
        """Queue the texts of one call; each is to be handed back to `close`."""
        loop = asyncio.get_running_loop()
        jobs = [Job(next(self._numbers), text, loop.create_future()) for text in texts]
        self._open.update(jobs)
        for job in jobs:
            self._waiting.put_nowait(job)
        return jobs

    async def next(self, unless: asyncio.Future[int], sharers: int) -> list[Job]:
        """Wait for the next jobs, leaving `sharers` their part; none when `unless` is done first.

        One long text may end the list, so that the others are never many times behind it.
        """
        first = await self._next(unless)
        if first is None:
            return []
        jobs, length = [first], len(first.text)
        for _ in range(min(TOGETHER - 1, self._waiting.qsize() // sharers)):
            if length >= TOGETHER_LENGTH:
                break
            jobs.append(self._waiting.get_nowait())
            length += len(jobs[-1].text)
        return jobs

    async def _next(self, unless: asyncio.Future[int]) -> Job | None:
        if unless.done():
            return None
        with suppress(asyncio.QueueEmpty):
            return self._waiting.get_nowait()
        coming = asyncio.ensure_future(self._waiting.get())
        try:
            either: set[asyncio.Future[Any]] = {coming, unless}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            return coming.result() if coming.done() else None
        finally:
            coming.cancel()

    def close(self, jobs: Iterable[Job]) -> None:
        """End the jobs that have no outcome yet, and drop them from the queue."""
        self._open.difference_update(jobs)
        left = [job for job in jobs if not job.outcome.done()]
        for job in left:
            job.give_up()
        for _ in range(self._waiting.qsize() if left else 0):
            job = self._waiting.get_nowait()
            if not job.outcome.done():
                self._waiting.put_nowait(job)

    def give_up_all(self) -> None:
        """Settle every job of every call without a score."""
        for job in self._open:
            job.in_hand = False
            job.give_up()
