"""Claims: who is looking at which held comments, so that two people don't do the same work.

A claim is a courtesy that lapses by the server's clock; what keeps a decision single is the version
that it names.
"""

from __future__ import annotations

from collections.abc import Iterable

from moderation.store.store import Store


async def claim(
    store: Store,
    site: str,
    person: str,
    comments: Iterable[str],
    *,
    lease_ms: int,
    renewal: bool = False,
) -> dict[str, int]:
    """Lease comments to a person; return until when (ms) for those that are now theirs.

    Left out is what is not held, and what somebody else has. A `renewal` takes nothing new: only
    what was theirs last, lapsed or not.
    """
    args = (site, person, lease_ms, "1" if renewal else "0")
    theirs: dict[str, int] = {}
    for shard, ids in _by_shard(store, comments).items():
        untils = await store.run("claim", shard, *args, *ids)
        theirs |= {one: int(until) for one, until in zip(ids, untils, strict=True) if until}
    return theirs


async def release(store: Store, site: str, person: str, comments: Iterable[str]) -> None:
    """Give back what is this person's of the comments."""
    for shard, ids in _by_shard(store, comments).items():
        await store.run("release", shard, site, person, *ids)


def _by_shard(store: Store, comments: Iterable[str]) -> dict[int, list[str]]:
    shards: dict[int, list[str]] = {}
    for comment in dict.fromkeys(comments):
        shards.setdefault(store.shard(comment), []).append(comment)
    return shards
