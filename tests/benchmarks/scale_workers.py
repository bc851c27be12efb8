"""How many comments 1, 2, 4 and 8 workers decide: real processes over one server.

The scorer sleeps (`sleeping.py`), so that what is seen is how workers share a queue, not how two
cores share a model. A queue is filled, and counted is how fast its middle part is decided.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

import psutil

from moderation.store import keys
from moderation.store.client import connect
from moderation.store.store import Store, open_store
from tests.benchmarks.texts import comments
from tests.contract import store_kit as kit
from tests.program import configuration, probe, program
from tests.service_kit import until

WORKERS = (1, 2, 4, 8)
#: What a text takes: some four times what the shipped model does, so that eight workers ask less
#: than one core of everything else.
SLEEP_MS = 25.0
_SECONDS = 8.0
#: A shared machine is not always there: the better of so many tries counts.
_TRIES = 2
_LOOK_S = 0.1
_MIDDLE = (0.15, 0.85)
_SCORER = "python:tests.benchmarks.sleeping:make"


async def by_workers(directory: Path, url: str) -> list[dict[str, float]]:
    """Return for each number of workers what they decide a second, and the CPU that took."""
    found = []
    for count in WORKERS:
        tries = [await _with(directory / f"{count}-{turn}", url, count) for turn in range(_TRIES)]
        found.append(max(tries, key=lambda one: one["decided_per_s"]))
    return found


async def _with(directory: Path, url: str, workers: int) -> dict[str, float]:
    _made(directory)
    async with AsyncExitStack() as stack:
        clients = connect(url)
        stack.push_async_callback(clients.aclose)
        store = await open_store(clients, shards=None, secret=None)
        config = configuration(directory)
        for number in range(workers):
            own = _made(directory / f"worker-{number}")
            running = await stack.enter_async_context(
                program(
                    own, "--role", "worker", "--config", str(config), lines=1,
                    REDIS_URL=url, MODERATION_SCORER__SPEC=_SCORER,
                    SLEEPING_MS=str(SLEEP_MS), MODERATION_SCORER__CACHE_TEXTS="0",
                    MODERATION_SCORER__TIMEOUT_S="10", MODERATION_WORKER__LEASE_S="60",
                )
            )  # fmt: skip
            await until(lambda running=running: probe(running, "readyz"))
        per_s, cpu_ms = await _worked_off(store, workers)
    return {"workers": workers, "decided_per_s": per_s, "cpu_ms": cpu_ms}


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True)
    return directory


async def _worked_off(store: Store, workers: int) -> tuple[float, float]:
    """Fill the queue, and return how fast its middle was decided, and our CPU (ms a comment)."""
    count = round(workers * _SECONDS * 1000 / SLEEP_MS)
    already = await _decided(store)
    texts = comments(count, workers, f"after-{already}")
    before = _cpu_s()
    new = [kit.comment(store, one.external_id, one.text, callback=None) for one in texts]
    await kit.accept(store, *new)
    seen: list[tuple[float, int]] = []
    while not seen or seen[-1][1] < count:
        seen.append((time.perf_counter(), await _decided(store) - already))
        await asyncio.sleep(_LOOK_S)
    first, last = (next(one for one in seen if one[1] >= share * count) for share in _MIDDLE)
    return (last[1] - first[1]) / (last[0] - first[0]), 1000 * (_cpu_s() - before) / count


async def _decided(store: Store) -> int:
    feeds = [keys.feed(shard, kit.SITE) for shard in range(store.shards)]
    return sum([await store.redis.xlen(feed) for feed in feeds])


def _cpu_s() -> float:
    times = [child.cpu_times() for child in psutil.Process().children(recursive=True)]
    return sum(one.user + one.system for one in times)
