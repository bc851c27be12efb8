"""Workers over sixteen shards: none takes more than it can begin, so that others have work too."""

from __future__ import annotations

from tests import service_kit as kit
from tests.service_kit import PATIENT, service, until


async def test_one_worker_has_no_more_in_hand_than_of_one_shard(cluster_url: str) -> None:
    changes = PATIENT | {"worker.batch": 4}
    async with service(cluster_url, changes) as s:
        assert s.store.shards == 16
        ids = await s.submit_all([f"please sleep 0.05 {number}" for number in range(120)])
        most = 0

        async def all_decided() -> bool:
            nonlocal most
            depths = await kit.queue.depths(s.store, 0)
            most = max(most, sum(depth.pending for depth in depths))
            return not sum(depth.entries for depth in depths)

        worker = await s.work()
        await until(all_decided)
        assert 0 < most <= 8
        assert {one["status"] for one in await s.decided(ids)} == {"decided"}
        worker.stop()


async def test_told_to_stop_it_takes_nothing_more(cluster_url: str) -> None:
    async with service(cluster_url, PATIENT | {"worker.batch": 2}) as s:
        await s.submit_all([f"please sleep 0.2 {number}" for number in range(60)])
        worker = await s.work()
        await until(s.has_in_hand)
        worker.stop()
        await until(s.tasks[-1].done)
        depths = await kit.queue.depths(s.store, 0)
        assert sum(depth.pending for depth in depths) == 0
        assert sum(depth.entries for depth in depths) >= 60 - 2 * 4
