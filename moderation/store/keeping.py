"""Letting go: erasure on request, and what is kept no longer."""

from __future__ import annotations

import json
from typing import Any

from redis.exceptions import ResponseError

from moderation.store import keys
from moderation.store.events import event_tail
from moderation.store.reading import trail
from moderation.store.store import Store, down_on_error

#: What may stay of an event when its comment is erased: that it was decided, by what, when, and
#: what of it was taken back.
_KEPT_FIELDS = (
    "version",
    "at",
    "type",
    "revision",
    "received",
    "decision",
    "decided_by",
    "policy",
    "model",
    "undoes",
    "batch",
    "undoes_batch",
    "appeal",
)


#: Comments that are looked at in one call, so that none takes long.
_COMPLETED = 200


async def erase(
    store: Store, comment: str, site: str, version: int, by: str, record_ttl_ms: int
) -> tuple[str, int]:
    """Erase a comment at the version that was read; `by` is the key's id.

    Returns (code, version): erased, already, changed (read it again) or missing.
    """
    redacted = [json.dumps(_redacted(event)) for event in await trail(store, comment)]
    code, new_version = await store.run(
        "erase", store.shard(comment), comment, site, version, record_ttl_ms,
        event_tail(type="erased", via=by), *redacted,
    )  # fmt: skip
    return code, int(new_version)


def _redacted(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event without scores, matched words, notes and people's names."""
    kept = {name: event[name] for name in _KEPT_FIELDS if name in event}
    if actor := event.get("actor"):
        kept["actor"] = {"id": actor["id"], "name": None, "via": actor.get("via")}
    return kept


async def sweep(store: Store, shard: int, count: int, record_ttl_ms: int) -> tuple[int, int, int]:
    """Delete texts and records whose time has come, at most `count`.

    Returns how many of each, and how many comments were looked at: with `count` of them there may
    be more.
    """
    texts, records, seen = await store.run("sweep", shard, count, record_ttl_ms)
    return int(texts), int(records), int(seen)


async def complete_orders(store: Store, site: str) -> None:
    """Enter what an earlier version held into the orders that it did not have yet, and count it."""
    for shard in range(store.shards):
        if not await _is_incomplete(store, shard, site):
            continue
        for order in ("age", "esc"):
            cursor = ""
            while cursor != "0":
                cursor = str(
                    await store.run("complete", shard, site, order, cursor or "0", _COMPLETED)
                )


async def _is_incomplete(store: Store, shard: int, site: str) -> bool:
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for order in ("age", "thr", "esc"):
            pipeline.zcard(keys.held(shard, site, order))
        pipeline.hget(keys.held_why(shard, site), keys.ALL)
        waiting, known, escalated, counted = await pipeline.execute()
    return bool(waiting > known or waiting + escalated > int(counted or 0))


async def trim_feeds(store: Store, sites: list[str], before_ms: int) -> None:
    """Drop decisions older than `before_ms` from the sites' feeds."""
    async with down_on_error():
        for shard in range(store.shards):
            for site in sites:
                await store.redis.xtrim(keys.feed(shard, site), minid=before_ms, approximate=True)


async def retire_consumers(store: Store, silent_ms: int) -> None:
    """Forget the queue consumers of workers that are gone and hold nothing."""
    for shard in range(store.shards):
        await store.run("retire", shard, silent_ms)


async def ask_for_rewrite(store: Store) -> None:
    """Note that something was erased which still stands in the server's append-only file."""
    async with down_on_error():
        await store.redis.hincrby(keys.INSTALL, "erased", 1)


async def rewrite_due(store: Store) -> int | None:
    """Return the number of erasures that a rewrite now would cover, or None when none is due."""
    async with down_on_error():
        erased, rewritten = await store.redis.hmget(keys.INSTALL, "erased", "rewritten")
    return int(erased) if erased and erased != rewritten else None


async def note_rewrite(store: Store, covered: int) -> None:
    """Note that a rewrite was accepted which covers so many erasures."""
    async with down_on_error():
        await store.redis.hset(keys.INSTALL, "rewritten", str(covered))


async def rewrite_log(store: Store) -> bool:
    """Ask each server to rewrite its append-only file, so that what was erased leaves the disk.

    Returns False when one is at it already, with what was there when it began: ask again later.
    """
    redis = store.redis
    everywhere = {"target_nodes": redis.get_primaries()} if store.clients.is_cluster else {}
    async with down_on_error():
        try:
            await redis.bgrewriteaof(**everywhere)
        except ResponseError as error:
            if "in progress" not in str(error):
                raise
            return False
    return True
