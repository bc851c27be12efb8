"""When each comment was received and decided, by the service's own clock, from the feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import aiohttp


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision's two moments, in seconds since the epoch."""

    received: float
    decided: float


async def decided_since(
    session: aiohttp.ClientSession, url: str, headers: Mapping[str, str], cursor: str
) -> tuple[list[Decided], str]:
    """Return the decisions after `cursor`, and the cursor after them."""
    found: list[Decided] = []
    while True:
        query = {"after": cursor} if cursor else {}
        async with session.get(url, params=query, headers=headers) as response:
            response.raise_for_status()
            page = await response.json()
        found += [
            Decided(_seconds(answer["received_at"]), _seconds(answer["decided_at"]))
            for answer in page["decisions"]
        ]
        before, cursor = cursor, page["next"] or cursor
        if cursor == before:
            return found, cursor


def _seconds(timestamp: str) -> float:
    return datetime.fromisoformat(timestamp).timestamp()
