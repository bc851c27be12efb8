"""What a queue's operations cost the server while 10³ to 10⁶ comments wait.

Costs are the server's own (`INFO commandstats`), of the scripts that the service runs: accept, take
and record of a batch, and the callback's lease and settlement. The append-only file is off: how
long a disk takes does not depend on what waits.
"""

from __future__ import annotations

import statistics
from importlib.resources import files
from itertools import pairwise
from typing import Any

from moderation.store import keys, outbox
from moderation.store.client import connect
from moderation.store.store import Store, open_store
from tests.contract import store_kit as kit

BACKLOGS = (1_000, 10_000, 100_000, 1_000_000)
_ROUNDS, _BATCH = 160, 16
_PART = 20_000  # so many entries in one call, or the server would seem to be gone
#: Comments that wait, as `accept.lua` leaves them; their payload is a fixed one.
_WAITING = """
local from, count, site, payload = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local now = now_ms()
for n = from, from + count - 1 do
  local id = 'c_' .. string.format('%032x', n)
  redis.call('SET', P .. 'c:' .. id, payload)
  redis.call('HSET', P .. 'm:' .. id, 's', site, 'x', n, 'st', 'p', 'rev', 1, 'ver', 0,
    'rcv', digits(now), 'fp', string.rep('f', 32), 'cb', 'https://cms.example/hook',
    'sha', string.rep('0', 64))
  redis.call('ZADD', P .. 'p:' .. site, now, id)
  enqueue(id, 1, 'n', 'new')
  event(id, site, 'received', now, '"type":"received","revision":1}')
end
"""


async def by_backlog(url: str) -> dict[str, Any]:
    """Return by backlog what each operation costs a comment (µs), and the server's memory."""
    clients = connect(url, timeout_s=120.0)
    try:
        store = await open_store(clients, shards=None, secret=None)
        found, waiting = [], 0
        for backlog in BACKLOGS:
            await _fill(store, waiting, backlog)
            waiting = backlog
            found.append({"waiting": backlog, **await _costs(store)})
        return {"shards": store.shards, "costs": found}
    finally:
        await clients.aclose()


async def _fill(store: Store, waiting: int, wanted: int) -> None:
    common = (files("moderation.store") / "lua" / "common.lua").read_text()
    source = f"#!lua\n{common}\n{_WAITING}"
    each, before = wanted // store.shards, waiting // store.shards
    payload = kit.comment(store, "1", "a fine day, said nobody " * 10).submission.to_json()
    for shard in range(store.shards):
        for start in range(before, each, _PART):
            count = min(_PART, each - start)
            await store.redis.eval(
                source, 1, keys.queue(shard, "n"), keys.prefix(shard),
                shard * 10_000_000 + start, count, kit.SITE, payload,
            )  # fmt: skip


async def _costs(store: Store) -> dict[str, float]:
    """Move comments through the queue, as many in as out.

    Returns µs a comment by operation, the median of all rounds.
    """
    used: dict[str, list[float]] = {name: [] for name in ("accept", "take", "record", "callback")}
    limits = kit.Limits(max_depth=10**9, max_wait_s=1e12, floor_rate=20, idempotency_s=600)
    for number in range(_ROUNDS):
        shard = number % store.shards
        names = [f"{await _waiting(store, shard)}-{number}-{n}" for n in range(_BATCH)]
        new = [_on(store, shard, name) for name in names]
        before = await _spent_us(store)
        await kit.accept(store, *new, limits=limits)
        accepted = await _spent_us(store)
        jobs = await kit.queue.take(store, shard, "w1", _BATCH)
        took = await _spent_us(store)
        await kit.record(store, [kit.approved(job) for job in jobs])
        recorded = await _spent_us(store)
        due = await outbox.take(store, shard, _BATCH, 60_000, per_origin=10**6, busy={})
        done = [outbox.Settlement(one, "delivered") for one in due.callbacks]
        await outbox.settle(store, shard, done, approved_ttl_ms=kit.YEAR_MS)
        told = await _spent_us(store)
        steps = (before, accepted, took, recorded, told)
        for name, (start, end) in zip(used, pairwise(steps), strict=True):
            used[name].append((end - start) / _BATCH)
    return {name: statistics.median(us) for name, us in used.items()}


def _on(store: Store, shard: int, name: str) -> Any:
    """Return a new comment that lies on a shard."""
    attempt = 0
    while store.shard((new := kit.comment(store, f"{name}-{attempt}")).id) != shard:
        attempt += 1
    return new


async def _waiting(store: Store, shard: int) -> int:
    return int(await store.redis.xlen(keys.queue(shard, "n")))


async def _spent_us(store: Store) -> float:
    """Return the time that scripts have taken so far, over all nodes."""
    everywhere: dict[str, Any] = {}
    if store.clients.is_cluster:
        everywhere = {"target_nodes": store.redis.get_primaries()}
    found = await store.redis.info("commandstats", **everywhere)
    nodes = found.values() if store.clients.is_cluster else [found]
    return sum(
        float(node.get(f"cmdstat_{command}", {}).get("usec", 0))
        for node in nodes
        for command in ("eval", "evalsha")
    )
