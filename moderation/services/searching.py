"""Looking for words in one site's held comments, from the newest on, a bounded stretch at once.

It shares the event loop with everything else: it works in steps, one search after another, and says
how far it came. What is looked for stands in no log and no metric.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moderation.domain.comment import Submission, shown
from moderation.domain.errors import OverloadedError
from moderation.domain.sought import Sought
from moderation.services import cursors
from moderation.services.looking import Looking
from moderation.store import held_texts
from moderation.store.held_texts import ESCALATED, WAITING, Place
from moderation.store.store import Store

#: Texts that are read at once; so many, of the longest, are a few megabytes.
_AT_ONCE = 100
#: How long the event loop is kept from others (s).
_STEP_S = 0.01
#: How many may wait for the search that is at work.
_WAITING = 8
_RETRY_S = 1


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one request may do: texts looked through, of them found, and work (s)."""

    texts: int = 5000
    found: int = 50
    work_s: float = 0.3


_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Found:
    """Cards, each with the places of the words in its text, and how far the search came.

    `looked` of `held` comments were looked through, those of earlier requests included; `next` is
    the cursor to go on from, None at the end.
    """

    cards: list[tuple[dict[str, Any], list[tuple[int, int]]]]
    looked: int
    held: int
    next: str | None


class Searching(Looking):
    """The part of the use case that looks into texts."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.perf_counter) -> None:
        """`clock`: seconds from any beginning."""
        super().__init__(store)
        self._clock = clock
        self._turn = asyncio.Lock()
        self._present = 0  # the one at work and those behind it

    async def search(
        self,
        site: str,
        words: str,
        *,
        escalated: bool,
        cursor: str | None = None,
        bounds: Bounds = _BOUNDS,
    ) -> Found:
        """Return held comments that have these words; with `escalated`, of the escalated ones too.

        Raises InvalidError for words of which nothing can be seen or a cursor from elsewhere,
        OverloadedError when too many wait, StoreDownError.
        """
        sought, place = Sought(words), cursors.read_place(cursor)
        orders = (WAITING, ESCALATED) if escalated else (WAITING,)
        if self._present > _WAITING:
            raise OverloadedError(_RETRY_S)
        self._present += 1
        try:
            async with self._turn:
                ids, place = await self._through(site, sought, orders, place, bounds)
        finally:
            self._present -= 1
        held, left = await held_texts.counts(self._store, site, orders, place)
        cards = [
            (card, places)
            for card in await self.shown(site, ids)
            if card["text"] is not None
            and (places := sought.places(shown(card["text"], card["text_format"])))
        ]
        return Found(cards, held - left, held, cursors.write(place))

    async def _through(
        self,
        site: str,
        sought: Sought,
        orders: tuple[str, ...],
        after: Place | None,
        bounds: Bounds,
    ) -> tuple[list[str], Place | None]:
        """Return the comments that were found, and where to go on; None where nothing is left."""
        found, pace, place = list[str](), _Pace(self._clock), after
        for start in range(0, bounds.texts, _AT_ONCE):
            asked = min(_AT_ONCE, bounds.texts - start)
            places = await held_texts.older(self._store, site, orders, place, asked)
            payloads = await held_texts.payloads(self._store, [comment for _, comment in places])
            pace.begin()
            for at, payload in zip(places, payloads, strict=True):
                place = at
                if payload and sought.is_in(Submission.from_json(payload).plain()):
                    found.append(at[1])
                await pace.step()
                if len(found) >= bounds.found or pace.worked_s >= bounds.work_s:
                    return found, place
            if len(places) < asked:
                return found, None
        return found, place


class _Pace:
    """Counts the work, and lets others have the event loop between its steps."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.worked_s = 0.0
        self._kept_s = 0.0  # since others had the loop
        self._since = clock()

    def begin(self) -> None:
        """Note that work begins, after others had the loop."""
        self._since, self._kept_s = self._clock(), 0.0

    async def step(self) -> None:
        """Note that a piece of work is done."""
        now = self._clock()
        self.worked_s += now - self._since
        self._kept_s += now - self._since
        self._since = now
        if self._kept_s >= _STEP_S:
            await asyncio.sleep(0)
            self.begin()
