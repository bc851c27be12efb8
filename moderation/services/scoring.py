"""A scorer at hand for what is answered at once, such as explaining.

Where a worker runs, its pool is used. A process without one gets a pool of its own with the first
question, so that an api that never asks pays nothing for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from moderation.domain.scores import Outcome, Scored, Scores
from moderation.scoring.supervisor import ScorerPool


class LocalScoring:
    """The pool of one process. `make` makes one, not yet started."""

    def __init__(self, make: Callable[[], ScorerPool]) -> None:
        self._make = make
        self._pool: ScorerPool | None = None
        self._is_own = True
        self._stopped = False

    @classmethod
    def sharing(cls, pool: ScorerPool) -> LocalScoring:
        """Return one that asks a pool whose owner starts and stops it."""
        shared = cls(lambda: pool)
        shared._pool, shared._is_own = pool, False
        return shared

    async def ready(self, timeout_s: float) -> ScorerPool | None:
        """Return the pool, started if need be; None when no scorer is ready within `timeout_s`."""
        if self._stopped:
            return None
        if self._pool is None:
            self._pool = self._make()
            await self._pool.start()
        pool = self._pool
        return pool if await pool.wait_ready(timeout_s) and pool.model else None

    async def stop(self) -> None:
        """End the pool if it is this one's own; none is started any more."""
        self._stopped = True
        if self._is_own and self._pool:
            await self._pool.stop()


class Asking:
    """A pool that is asked until a moment is reached (`time.monotonic()`)."""

    def __init__(self, pool: ScorerPool, until: float) -> None:
        self._pool = pool
        self._until = until
        #: Whether a text was left without a score so far.
        self.missed = False

    async def outcome(self, text: str) -> Outcome:
        """Return what became of one text."""
        (found,) = await self._pool.score([text], timeout_s=self._left_s())
        return found

    async def scores(self, texts: Iterable[str]) -> dict[str, Scores]:
        """Return the scores of those texts that have some in time, each text read once."""
        asked = list(dict.fromkeys(texts))
        outcomes = await self._pool.score(asked, timeout_s=self._left_s())
        found = {
            text: outcome.scores
            for text, outcome in zip(asked, outcomes, strict=True)
            if isinstance(outcome, Scored)
        }
        self.missed = self.missed or len(found) < len(asked)
        return found

    def _left_s(self) -> float:
        return max(0.0, self._until - time.monotonic())
