"""What stands around a comment: the rest of its author's, of its article's, of its thread's.

An author's are counted exactly, as long as their records are kept; of an article and a thread those
are found whose texts are kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from moderation.store import keys
from moderation.store.store import Store, down_on_error


@dataclass(frozen=True, slots=True)
class AuthorRecord:
    """How many comments an author has posted, and how many of them stand approved and rejected."""

    posted: int
    approved: int
    rejected: int


async def author_record(store: Store, site: str, author: str) -> AuthorRecord:
    """Return an author's record; `author` is their pseudonym."""
    posted = still_open = rejected = 0
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for shard in range(store.shards):
            for index in ("au", "auo", "aur"):
                pipeline.zcard(keys.around(shard, index, site, author))
        counts = await pipeline.execute()
    for at in range(0, len(counts), 3):
        posted += counts[at]
        still_open += counts[at + 1]
        rejected += counts[at + 2]
    return AuthorRecord(posted, posted - still_open - rejected, rejected)


async def newest(store: Store, index: str, site: str, hashed: str, count: int) -> list[str]:
    """Return the newest comments of an index: `au` an author's, `ar` an article's, `th` answers."""
    rows: list[tuple[float, str]] = []
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for shard in range(store.shards):
            key = keys.around(shard, index, site, hashed)
            pipeline.zrange(key, 0, count - 1, desc=True, withscores=True)
        for found in await pipeline.execute():
            rows += [(received, comment) for comment, received in found]
    rows.sort(reverse=True)
    return [comment for _, comment in rows[:count]]
