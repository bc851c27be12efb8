"""How what is counted is read in tests: today's counts, and where texts stand now."""

from __future__ import annotations

from collections import Counter

from moderation.store import tallies
from moderation.store.store import Store
from moderation.store.tallies import Tally
from tests.contract import store_kit as kit

DAY_MS = 86_400_000


async def today(store: Store) -> int:
    return int((await store.redis.time(**_anywhere(store)))[0]) // 86_400


def _anywhere(store: Store) -> dict[str, object]:
    return {"target_nodes": store.redis.get_primaries()[0]} if store.clients.is_cluster else {}


async def counted(store: Store, person: str = "ada") -> Tally:
    (found,) = await tallies.read(store, kit.SITE, [await today(store)], person)
    return found


async def stands(store: Store, label: str = "toxicity") -> dict[int, dict[str, int]]:
    """Return the parts of the range of scores where a text stands, and how."""
    bins = await tallies.read_scores(store, kit.SITE, [await today(store)], label)
    left = {at: {name: n for name, n in counts.items() if n} for at, counts in enumerate(bins)}
    return {at: counts for at, counts in left.items() if counts}


def now(counts: Counter[str]) -> dict[str, int]:
    return {name: n for name, n in counts.items() if n}
