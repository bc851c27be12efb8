"""What is held, by score: how much of it, and a band of it to look at before deciding on it all.

Who decides on a band decides on the comments that the preview names, in those versions; what came
in since is not among them. Nothing here decides.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from moderation.domain.decision import ReasonCode
from moderation.services.bulk import Item
from moderation.services.looking import Moderator
from moderation.services.reviewing import Reviewing
from moderation.store import bands
from moderation.store.store import Store

#: Parts of equal width that [0, 1] is counted in.
PARTS = 20
_EDGES = [at / PARTS for at in range(PARTS + 1)]
#: How many of a band are shown.
_SHOWN = 10
#: Held for these, a comment has no score, or none that means anything.
_NO_SCORE = frozenset({ReasonCode.UNSCORED.value, ReasonCode.UNREAD_LANGUAGE.value})


@dataclass(frozen=True, slots=True)
class Preview:
    """A band. `total`: all in it; `items`: those that an act would decide on, the worst ones.

    `claimed` and `unscored`: how many were looked at and left out, in a colleague's hands or
    without a score that means anything. `cards`: up to ten of the items, drawn by lot.
    """

    total: int
    items: list[Item]
    claimed: int
    unscored: int
    cards: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Bands:
    """The use case of one process. `most`: how many one act decides on."""

    store: Store
    reviewing: Reviewing
    most: int

    async def counts(self, site: str) -> list[int]:
        """Return how many comments are held in each of PARTS. Raises StoreDownError."""
        return await bands.histogram(self.store, site, _EDGES)

    async def preview(self, site: str, person: Moderator, low: float, high: float) -> Preview:
        """Return a band of severities in [0, 1]; `low` belongs to it, `high` only if it is 1.

        Raises StoreDownError.
        """
        (total,) = await bands.histogram(self.store, site, [low, high])
        looked = await bands.worst(self.store, site, low, high, 2 * self.most)
        scored = [one for one in looked if not one.why & _NO_SCORE]
        now_ms = time.time() * 1000
        free = [
            one
            for one in scored
            if one.claimed_by in {None, person.id} or one.claimed_until <= now_ms
        ]
        items = [(one.id, one.version) for one in free[: self.most]]
        drawn = secrets.SystemRandom().sample(items, min(_SHOWN, len(items)))
        return Preview(
            total=total,
            items=items,
            claimed=len(scored) - len(free),
            unscored=len(looked) - len(scored),
            cards=await self.reviewing.shown(site, [comment for comment, _ in drawn]),
        )
