"""The pool of scorer processes that the service asks: one outcome a text, whatever happens below.

A hang, crash or leak takes neither the event loop nor the text's neighbours with it. Nothing here
raises for a fault of a scorer, and nothing here decides: an unscored text is the caller's to hold.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from moderation.domain.scores import ModelInfo, Outcome
from moderation.scoring.jobs import Job, JobQueue
from moderation.scoring.place import ChildSettings, Place, PoolEvent

_log = logging.getLogger(__name__)

#: How often a child with a text in hand is weighed: often enough to stop one that eats memory.
_WEIGH_EVERY_S = 0.25


class ScorerPool:
    """`processes` children with `spec` loaded (`registry.py`), each on `threads` threads.

    `timeout_s` bounds one text, `start_timeout_s` loading the model. A child is replaced after
    `max_texts` texts or over `max_rss_mb` MiB. `on_event` is told what happens to children, for
    metrics, and must not raise. To be used on the event loop of the main thread: on Linux a child
    ends with the thread that started it.
    """

    def __init__(
        self,
        spec: str,
        *,
        processes: int = 1,
        threads: int = 1,
        timeout_s: float = 10.0,
        start_timeout_s: float = 60.0,
        max_rss_mb: int | None = None,
        max_texts: int | None = None,
        on_event: Callable[[PoolEvent], None] | None = None,
    ) -> None:
        settings = ChildSettings(spec, threads, timeout_s, start_timeout_s, max_rss_mb, max_texts)
        self._on_event = on_event
        self._patience_s = start_timeout_s + timeout_s
        self._weighs = max_rss_mb is not None
        self._jobs = JobQueue(processes)
        self._places = [Place(settings, self._jobs, self._announce) for _ in range(processes)]
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()
        #: Model and labels of the child that became ready last; None and () before the first.
        self.model: ModelInfo | None = None
        self.labels: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether a child is there to answer, or is being exchanged on schedule."""
        return any(place.ready for place in self._places)

    @property
    def failure(self) -> str | None:
        """Why a child can't be started, for the operator; None when all could."""
        return next((place.failure for place in self._places if place.failure), None)

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the children that are ready now."""
        return tuple(place.child.pid for place in self._places if place.child)

    async def start(self) -> None:
        """Begin to start the children; a model that can't be loaded is retried, never raised."""
        self._tasks = [asyncio.create_task(place.keep()) for place in self._places]
        if self._weighs:
            self._tasks.append(asyncio.create_task(self._weigh()))

    async def wait_ready(self, timeout_s: float) -> bool:
        """Wait until a child is ready, at most `timeout_s`; returns `ready`."""
        try:
            async with asyncio.timeout(timeout_s):
                while not self.ready:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pass
        return self.ready

    async def stop(self) -> None:
        """Kill the children; what has no score by now is unscored, as unavailable."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for place in self._places:
            place.ready = False
        self._jobs.give_up_all()

    async def score(self, texts: Sequence[str], *, timeout_s: float | None = None) -> list[Outcome]:
        """Return one outcome a text, in order; never raises for a fault of a scorer.

        What has none after `timeout_s` is unscored: as a timeout if it is in hand, else as
        unavailable. Without it a text waits its turn as long as children are there to work, and
        with none of them as long as a start may take.
        """
        jobs = self._jobs.add(texts)
        try:
            if self._tasks:
                await self._settled(jobs, timeout_s)
        finally:
            self._jobs.close(jobs)
        return [job.outcome.result() for job in jobs]

    async def _settled(self, jobs: Sequence[Job], timeout_s: float | None) -> None:
        left = {job.outcome for job in jobs}
        while left:
            patience = self._patience_s if timeout_s is None else timeout_s
            done, left = await asyncio.wait(left, timeout=patience)
            if timeout_s is not None or not (done or self.ready):
                return

    async def _weigh(self) -> None:
        while True:
            await asyncio.sleep(_WEIGH_EVERY_S)
            for place in self._places:
                place.weigh()

    def _announce(self, event: PoolEvent, place: Place) -> None:
        match event:
            case PoolEvent.READY if place.child:
                self.model, self.labels = place.child.model, place.child.labels
                self._changed.set()
            case PoolEvent.START_FAILED:
                _log.error("no scorer: %s", place.failure)
            case PoolEvent.CRASHED | PoolEvent.TIMEOUT | PoolEvent.RECYCLED:
                _log.warning("the scorer's process is replaced: %s", event)
        if self._on_event:
            self._on_event(event)
