"""What a queue's operations cost the server while 10³ to 10⁶ comments wait.

Costs are the server's own (`INFO commandstats`), of the scripts that the service runs: accept, take
and record of a batch, and the callback's lease and settlement. The append-only file is off: how
long a disk takes does not depend on what waits.

A shared machine is half as fast in one minute as in the next. So one shard keeps what it had at
first, and is measured in turns with the others, in the same server: the ratio is what the queue's
length costs.
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
OPERATIONS = ("accept", "take", "record", "callback")
_ROUNDS, _BATCH = 120, 16
_ROOMY = kit.Limits(max_depth=10**9, max_wait_s=1e12, floor_rate=20, idempotency_s=600)
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
    """Return by backlog what each operation costs a comment (µs).

    `beside`: the sum of the operations, on the shard that keeps what it had.
    """
    clients = connect(url, timeout_s=120.0)
    try:
        shards = None if clients.is_cluster else 2
        store = await open_store(clients, shards=shards, secret=None)
        each = BACKLOGS[0] // (store.shards - 1)
        await _fill(store, store.shards - 1, 0, each)
        found, waiting = [], 0
        for backlog in BACKLOGS:
            wanted = backlog // (store.shards - 1)
            for shard in range(store.shards - 1):
                await _fill(store, shard, waiting, wanted)
            waiting = wanted
            found.append({"waiting": backlog, **await _costs(store)})
        return {"shards": store.shards, "beside": each, "costs": found}
    finally:
        await clients.aclose()


async def _fill(store: Store, shard: int, waiting: int, wanted: int) -> None:
    common = (files("moderation.store") / "lua" / "common.lua").read_text()
    source = f"#!lua\n{common}\n{_WAITING}"
    payload = kit.comment(store, "1", "a fine day, said nobody " * 10).submission.to_json()
    for start in range(waiting, wanted, _PART):
        count = min(_PART, wanted - start)
        await store.redis.eval(
            source, 1, keys.queue(shard, "n"), keys.prefix(shard),
            shard * 10_000_000 + start, count, kit.SITE, payload,
        )  # fmt: skip


async def _costs(store: Store) -> dict[str, float]:
    """Move comments through the queues, as many in as out; return µs, the median of all rounds."""
    last = store.shards - 1
    grown: list[dict[str, float]] = []
    beside: list[dict[str, float]] = []
    for number in range(_ROUNDS):
        grown.append(await _round(store, number % last, f"g{number}"))
        beside.append(await _round(store, last, f"b{number}"))
    each = {name: statistics.median(one[name] for one in grown) for name in OPERATIONS}
    return {**each, "beside": statistics.median(sum(one.values()) for one in beside)}


async def _round(store: Store, shard: int, name: str) -> dict[str, float]:
    """Move a batch through one shard's queue; return what each operation took (µs a comment)."""
    waiting = await store.redis.xlen(keys.queue(shard, "n"))
    new = [_on(store, shard, f"{waiting}-{name}-{n}") for n in range(_BATCH)]
    spent = [await _spent_us(store)]
    await kit.accept(store, *new, limits=_ROOMY)
    spent.append(await _spent_us(store))
    jobs = await kit.queue.take(store, shard, "w1", _BATCH)
    spent.append(await _spent_us(store))
    await kit.record(store, [kit.approved(job) for job in jobs])
    spent.append(await _spent_us(store))
    due = await outbox.take(store, shard, _BATCH, 60_000, per_origin=10**6, busy={})
    done = [outbox.Settlement(one, "delivered") for one in due.callbacks]
    await outbox.settle(store, shard, done, approved_ttl_ms=kit.YEAR_MS)
    spent.append(await _spent_us(store))
    steps = pairwise(spent)
    return {
        name: (end - start) / _BATCH for name, (start, end) in zip(OPERATIONS, steps, strict=True)
    }


def _on(store: Store, shard: int, name: str) -> Any:
    """Return a new comment that lies on a shard."""
    attempt = 0
    while store.shard((new := kit.comment(store, f"{name}-{attempt}")).id) != shard:
        attempt += 1
    return new


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
