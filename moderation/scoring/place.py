"""A place in the pool: one scorer process after another, each with a few texts in hand at a time.

After a crash or a hang each of them is suspect: tried once more, alone, in the next child. What is
lost then is given up; no other text is ever lost with it. A child that can't start is tried again
later.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from moderation.domain.scores import Unscored, UnscoredReason
from moderation.scoring.jobs import Job, JobQueue
from moderation.scoring.running import RunningScorer, ScorerGoneError
from moderation.scoring.scorer import ScorerUnavailableError

_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.25, 30.0
_EXCHANGES_A_WEIGHING = 4


class PoolEvent(StrEnum):
    """What happened to a child; for metrics."""

    READY = "ready"
    START_FAILED = "start_failed"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    OVERSIZED = "oversized"  # grew over the limit with a text in hand; `crashed` follows
    RECYCLED = "recycled"  # replaced between two texts, for its age or its size


@dataclass(frozen=True, slots=True)
class ChildSettings:
    """What a child runs and what it is allowed; None is no limit."""

    spec: str
    threads: int
    timeout_s: float
    start_timeout_s: float
    max_rss_mb: int | None
    max_texts: int | None


class Place:
    """Keeps one child running. `announce` is told each event, and must not raise."""

    def __init__(
        self,
        settings: ChildSettings,
        jobs: JobQueue,
        announce: Callable[[PoolEvent, Place], None],
    ) -> None:
        self._settings = settings
        self._jobs = jobs
        self._announce = announce
        self._suspects: deque[Job] = deque()  # for the next child, each alone, before anything else
        self._failures = 0  # since a child last did its work
        self.child: RunningScorer | None = None
        #: A child is there to answer, or is being exchanged on schedule.
        self.ready = False
        #: Why the last start failed; None when it went well.
        self.failure: str | None = None

    async def keep(self) -> None:
        """Keep a child running until cancelled."""
        while True:
            if self._failures:
                delay = _FIRST_DELAY_S * 2.0 ** min(self._failures - 1, 10)
                await asyncio.sleep(min(delay, _LONGEST_DELAY_S))
            try:
                await self._one_life()
            except ScorerUnavailableError as error:
                self._failed(str(error))
            except Exception as error:  # whatever it was: without this loop the place stays empty
                self._failed(type(error).__name__)

    def weigh(self) -> None:
        """Kill the child if the text that it has in hand made it too big."""
        if self.child and self.child.busy and self._overweight(self.child):
            self._announce(PoolEvent.OVERSIZED, self)
            self.child.kill_soon()

    async def _one_life(self) -> None:
        """Start a child, let it work until it is lost or worn out, and clear it away."""
        settings = self._settings
        child = await RunningScorer.start(
            settings.spec, threads=settings.threads, timeout_s=settings.start_timeout_s
        )
        try:
            if self._overweight(child):
                raise ScorerUnavailableError(
                    f"loaded, the scorer takes {child.rss_mb():.0f} MiB of memory, "
                    f"over its limit of {settings.max_rss_mb}"
                )
            self.child, self.ready, self.failure = child, True, None
            self._announce(PoolEvent.READY, self)
            end = await self._work(child)
            self.ready = end is PoolEvent.RECYCLED
            self._announce(end, self)
        finally:
            self.child = None
            await child.kill()

    async def _work(self, child: RunningScorer) -> PoolEvent:
        """Give the child one list of texts after another; returns what ended that."""
        answered = exchanges = 0
        while True:
            # Weighing at each exchange would cost a tenth of what asking for scores does.
            is_weighed = exchanges % _EXCHANGES_A_WEIGHING == 0
            is_worn = self._settings.max_texts and answered >= self._settings.max_texts
            if is_worn or (is_weighed and self._overweight(child)):
                return PoolEvent.RECYCLED
            jobs = await self._next(child)
            if not jobs:
                self._failures += 1  # it ended with no text to blame
                return PoolEvent.CRASHED
            try:
                lost = await self._try([job for job in jobs if not job.outcome.done()], child)
            finally:
                self._jobs.finished(jobs)
            if lost is not None:
                self._blame(jobs, lost)
                return PoolEvent.TIMEOUT if lost is UnscoredReason.TIMEOUT else PoolEvent.CRASHED
            self._failures = 0
            answered, exchanges = answered + len(jobs), exchanges + 1

    async def _next(self, child: RunningScorer) -> list[Job]:
        if self._suspects:
            return [self._suspects.popleft()]
        return await self._jobs.next(child.exited)

    async def _try(self, jobs: Sequence[Job], child: RunningScorer) -> UnscoredReason | None:
        """Have the jobs' texts scored; returns how the child was lost over them, if it was.

        All of them together have the time of one text: a hang is noticed no later for neighbours.
        """
        if not jobs:  # their calls have given up
            return None
        for job in jobs:
            job.in_hand = True
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                outcomes = await child.ask(jobs[0].number, [job.text for job in jobs])
        except TimeoutError:
            return UnscoredReason.TIMEOUT
        except ScorerGoneError:
            return UnscoredReason.CRASHED
        for job, outcome in zip(jobs, outcomes, strict=True):
            job.settle(outcome)
        return None

    def _blame(self, jobs: Sequence[Job], lost: UnscoredReason) -> None:
        """Suspect the texts, or give up the one that was suspected before."""
        for job in jobs:
            if job.blamed or job.outcome.done():
                job.settle(Unscored(lost))
            else:
                job.blamed = lost
                self._suspects.append(job)

    def _failed(self, why: str) -> None:
        self.ready = False
        self.failure = why
        self._failures += 1
        while self._suspects:  # better held now than waiting for a child that may never come
            self._suspects.popleft().give_up()
        self._announce(PoolEvent.START_FAILED, self)

    def _overweight(self, child: RunningScorer) -> bool:
        limit = self._settings.max_rss_mb
        return limit is not None and child.rss_mb() > limit
