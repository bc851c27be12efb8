"""Workers over sixteen shards: none takes more than it can begin, so that others have work too."""

from __future__ import annotations

import asyncio

from tests import service_kit as kit
from tests.service_kit import PATIENT, Service, service, until


async def in_hand(s: Service) -> int:
    return sum(depth.pending for depth in await kit.queue.depths(s.store, 0))


async def test_one_worker_has_no_more_in_hand_than_of_one_shard(cluster_url: str) -> None:
    async with service(cluster_url, PATIENT | {"worker.batch": 4}) as s:
        assert s.store.shards == 16
        ids = await s.submit_all([f"please sleep 0.3 {number}" for number in range(20)])
        worker = await s.work()
        await until(s.has_in_hand)
        # Long enough for every shard's loop to take, too short for a batch to be recorded.
        await asyncio.sleep(0.5)
        assert 0 < await in_hand(s) <= 8
        assert {one["status"] for one in await s.decided(ids)} == {"decided"}
        worker.stop()


async def test_told_to_stop_it_takes_nothing_more(cluster_url: str) -> None:
    async with service(cluster_url, PATIENT | {"worker.batch": 2}) as s:
        await s.submit_all([f"please sleep 0.2 {number}" for number in range(60)])
        worker = await s.work()
        await until(s.has_in_hand)
        worker.stop()
        await until(s.tasks[-1].done)
        assert await in_hand(s) == 0
        depths = await kit.queue.depths(s.store, 0)
        assert sum(depth.entries for depth in depths) >= 60 - 2 * 4
