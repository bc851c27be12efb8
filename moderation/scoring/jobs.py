"""Texts on their way to a scorer: who waits, who is next, who has an outcome, what is forgotten.

Most texts are short, and most of the work is in the few long ones: those never take all children
at once, so that a short text need not wait for a long one to end, unless they have waited too long.
A text leaves the queue with the call that brought it, scored or not; none stays behind in memory.
Nothing here knows processes.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from moderation.domain.scores import Outcome, Unscored, UnscoredReason

#: A text is long from so many code points: some 130 tokens, 3 ms of the shipped model's time.
LONG = 600
#: How long a long text lets short ones pass it by, and leaves the last child to them.
LONG_WAITS_S = 0.25
#: How many short texts go to a child at once, where as many wait, and how long (code points)
#: together: each exchange wakes two processes, but they are answered together.
TOGETHER, TOGETHER_LENGTH = 4, 1000


@dataclass(slots=True, eq=False)
class Job:
    """One text. `outcome` is set exactly once, by whoever comes first."""

    number: int
    text: str
    since: float  # by the event loop's clock
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
    """First come, first served, over all calls and among texts of a kind, for `takers` children."""

    def __init__(self, takers: int) -> None:
        self._takers = takers
        self._numbers = itertools.count()
        self._short: deque[Job] = deque()
        self._long: deque[Job] = deque()
        self._long_in_hand: set[int] = set()  # numbers of jobs
        self._open: set[Job] = set()
        self._idle: set[asyncio.Future[None]] = set()

    def add(self, texts: Sequence[str]) -> list[Job]:
        """Queue the texts of one call; each is to be handed back to `close`."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        jobs = [Job(next(self._numbers), text, now, loop.create_future()) for text in texts]
        self._open.update(jobs)
        for job in jobs:
            (self._long if len(job.text) >= LONG else self._short).append(job)
        self._wake()
        return jobs

    async def next(self, unless: asyncio.Future[int]) -> list[Job]:
        """Wait for the next jobs, to be handed to `finished`; none when `unless` is done first."""
        while not unless.done():
            if jobs := self._take():
                return jobs
            woken = asyncio.get_running_loop().create_future()
            self._idle.add(woken)
            try:
                await asyncio.wait(
                    {woken, unless},
                    timeout=max(LONG_WAITS_S - self._waited(), 0.0) if self._long else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                self._idle.discard(woken)
        return []

    def finished(self, jobs: Iterable[Job]) -> None:
        """Note that a child has these in hand no more, whether they have an outcome or not."""
        before = len(self._long_in_hand)
        self._long_in_hand.difference_update(job.number for job in jobs)
        if len(self._long_in_hand) < before:
            self._wake()

    def close(self, jobs: Iterable[Job]) -> None:
        """End the jobs that have no outcome yet, and drop them from the queue."""
        self._open.difference_update(jobs)
        left = [job for job in jobs if not job.outcome.done()]
        for job in left:
            job.give_up()
        if left:
            self._short = deque(job for job in self._short if not job.outcome.done())
            self._long = deque(job for job in self._long if not job.outcome.done())

    def _take(self) -> list[Job]:
        """Return one long job, a few short ones, or none."""
        if self._long and (not self._short or self._long[0].number < self._short[0].number):
            most = max(self._takers - 1, 1)
            if len(self._long_in_hand) < most or self._waited() >= LONG_WAITS_S:
                job = self._long.popleft()
                self._long_in_hand.add(job.number)
                return [job]
        if not self._short:
            return []
        jobs = [self._short.popleft()]
        length = len(jobs[0].text)
        for _ in range(min(TOGETHER - 1, len(self._short) // self._takers)):
            if length >= TOGETHER_LENGTH:
                break
            jobs.append(self._short.popleft())
            length += len(jobs[-1].text)
        return jobs

    def _waited(self) -> float:
        return asyncio.get_running_loop().time() - self._long[0].since

    def _wake(self) -> None:
        for idle in self._idle:
            if not idle.done():
                idle.set_result(None)

    def give_up_all(self) -> None:
        """Settle every job of every call without a score."""
        for job in self._open:
            job.in_hand = False
            job.give_up()
