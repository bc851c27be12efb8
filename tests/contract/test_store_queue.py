"""The work queue: each comment reserved by one, and by another when that one is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from moderation.store import intake, keeping, keys, queue
from moderation.store.queue import Arrivals, Job
from moderation.store.store import Store
from tests.contract import store_kit as kit

LONG_MS, LEASE_MS = 100_000, 50_000


async def left_alone(store: Store, jobs: Sequence[Job], consumer: str = "w1") -> None:
    """Make the server believe that nobody has touched these for LONG_MS."""
    for job in jobs:
        stream = keys.queue(job.shard, job.lane)
        await store.redis.xclaim(
            stream, keys.GROUP, consumer, 0, [job.stream_id], idle=LONG_MS, justid=True
        )


async def test_urgent_lanes_come_first_and_each_in_order(store: Store) -> None:
    names = kit.names_on(store, 0, 6)
    for name, lane in zip(names, ("lo", "n", "n", "hi", "lo", "hi"), strict=True):
        await kit.accept(store, kit.comment(store, name, lane=lane))
    first = await queue.take(store, 0, "w1", 3)
    rest = await queue.take(store, 0, "w1", 9)
    taken = [job.submission.external_id for job in (*first, *rest)]
    assert taken == [names[at] for at in (3, 5, 1, 2, 0, 4)]
    assert [job.deliveries for job in first] == [1, 1, 1]


async def test_two_workers_never_hold_the_same_comment(store: Store) -> None:
    await kit.accept(store, *(kit.comment(store, str(n)) for n in range(60)))
    taken = await asyncio.gather(*(kit.take(store, f"w{n}", 7) for n in range(20)))
    comments = [job.comment for jobs in taken for job in jobs]
    assert len(comments) == len(set(comments)) == 60


async def test_what_a_lost_worker_held_is_reclaimed_and_counted(store: Store) -> None:
    await kit.accept(store, *(kit.comment(store, str(n), lane="hi") for n in range(5)))
    jobs = await kit.take(store, "w1")
    assert await kit.reclaim(store, min_idle_ms=LEASE_MS) == []
    for deliveries, consumer in ((2, "w2"), (3, "w3")):
        await left_alone(store, jobs)
        again = await kit.reclaim(store, consumer, min_idle_ms=LEASE_MS)
        assert {job.comment for job in again} == {job.comment for job in jobs}
        assert {job.deliveries for job in again} == {deliveries}
        texts = {job.comment: job.submission for job in jobs}
        assert all(job.submission == texts[job.comment] for job in again)


async def test_a_lapsed_comment_has_one_winner(store: Store) -> None:
    await kit.accept(store, *(kit.comment(store, str(n)) for n in range(30)))
    await left_alone(store, await kit.take(store, "w1"))
    won = await asyncio.gather(
        *(kit.reclaim(store, f"r{n}", 4, min_idle_ms=LEASE_MS) for n in range(40))
    )
    comments = [job.comment for jobs in won for job in jobs]
    assert len(comments) == len(set(comments)) == 30


async def test_reclaim_takes_as_many_as_it_is_asked_for(store: Store) -> None:
    names = kit.names_on(store, 0, 3)
    await kit.accept(store, *(kit.comment(store, name) for name in names))
    await left_alone(store, await kit.take(store))
    assert len(await queue.reclaim(store, 0, "w2", 1, LEASE_MS)) == 1
    assert len(await queue.reclaim(store, 0, "w2", 9, LEASE_MS)) == 2


async def test_a_heartbeat_keeps_a_comment_and_counts_no_delivery(store: Store) -> None:
    await kit.accept(store, *(kit.comment(store, str(n)) for n in range(8)))
    jobs = await kit.take(store, "w1")
    alive, lost = jobs[:5], jobs[5:]
    await left_alone(store, jobs)
    await queue.keep_alive(store, "w1", alive)
    reclaimed = await kit.reclaim(store, min_idle_ms=LEASE_MS)
    assert {job.comment for job in reclaimed} == {job.comment for job in lost}
    await left_alone(store, alive)
    later = await kit.reclaim(store, min_idle_ms=LEASE_MS)
    assert {(job.comment, job.deliveries) for job in later} == {(job.comment, 2) for job in alive}


async def test_a_heartbeat_revives_nothing_that_is_decided(store: Store) -> None:
    await kit.accept(store, kit.comment(store))
    (job,) = await kit.take(store)
    await kit.record(store, [kit.approved(job)])
    await queue.keep_alive(store, "w1", [job])
    assert await kit.reclaim(store) == []
    assert sum(depth.pending for depth in await queue.depths(store, 0)) == 0


async def test_what_is_decided_erased_or_edited_is_not_worked_on(store: Store) -> None:
    new = [kit.comment(store, str(n)) for n in range(4)]
    await kit.accept(store, *new)
    jobs = {job.comment: job for job in await kit.take(store)}
    await left_alone(store, list(jobs.values()))
    await kit.record(store, [kit.approved(jobs[new[0].id])])
    assert (await kit.erase(store, new[1].id, 1))[0] == "erased"
    await intake.edit(store, kit.comment(store, "2", "a rainy day"), 600)
    lapsed = await kit.reclaim(store, min_idle_ms=LEASE_MS)
    assert [job.comment for job in lapsed] == [new[3].id]
    (edited,) = await kit.take(store)
    assert (edited.comment, edited.revision) == (new[2].id, 2)


async def test_an_entry_that_nobody_wants_is_dropped_when_it_is_met(store: Store) -> None:
    """A stray entry (of a decided comment, or of none at all) goes away instead of coming back."""
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.approved)
    shard = store.shard(comment)
    stream = keys.queue(shard, "n")
    for stray in (comment, "c_unknown"):
        await store.redis.xadd(stream, {"id": stray, "rev": 1, "kind": "new"})
    assert await kit.take(store) == []
    assert await store.redis.xlen(stream) == 0
    await store.redis.xadd(stream, {"id": comment, "rev": 1, "kind": "again"})
    await store.redis.xreadgroup(keys.GROUP, "w1", {stream: ">"})
    assert await kit.reclaim(store) == []
    assert await store.redis.xlen(stream) == 0


async def test_only_the_entry_that_a_comment_names_is_worked_on(store: Store) -> None:
    (comment,) = await kit.accept(store, kit.comment(store))
    stream = keys.queue(store.shard(comment.id), "n")
    await store.redis.xadd(stream, {"id": comment.id, "rev": 1, "kind": "new"})
    (job,) = await kit.take(store)
    assert await store.redis.xlen(stream) == 1
    assert (await kit.record(store, [kit.approved(job)]))[0].code == "recorded"
    assert await store.redis.xlen(stream) == 0


async def test_a_deleted_entry_leaves_the_pending_list(store: Store) -> None:
    await kit.accept(store, kit.comment(store))
    (job,) = await kit.take(store)
    await store.redis.xdel(keys.queue(job.shard, job.lane), job.stream_id)
    assert await kit.reclaim(store) == []
    assert sum(depth.pending for depth in await queue.depths(store, 0)) == 0


async def test_arrivals_wake_up_once_for_what_is_new(store: Store) -> None:
    name, other = kit.names_on(store, 0, 2)
    arrivals = Arrivals(store, 0)
    await kit.accept(store, kit.comment(store, name))
    await arrivals.wait(5000)  # queued before the first look
    waiting = asyncio.create_task(arrivals.wait(5000))
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done  # nothing has come since
    await kit.accept(store, kit.comment(store, other, lane="hi"))
    async with asyncio.timeout(4):
        await waiting


async def test_arrivals_return_when_nothing_comes(store: Store) -> None:
    await Arrivals(store, 0).wait(10)


async def test_silent_consumers_go_but_never_with_work_in_hand(store: Store) -> None:
    await kit.accept(store, *(kit.comment(store, str(n)) for n in range(40)))
    done = await kit.take(store, "idle")
    await kit.record(store, [kit.approved(job) for job in done])
    await kit.accept(store, *(kit.comment(store, str(n)) for n in range(40, 80)))
    jobs = await kit.take(store, "busy")
    await keeping.retire_consumers(store, 60_000)
    assert await consumers(store) == {"busy", "idle"}
    await keeping.retire_consumers(store, -1)
    assert await consumers(store) == {"busy"}
    assert len(await kit.reclaim(store)) == len(jobs) == 40


async def consumers(store: Store) -> set[str]:
    found = [
        await store.redis.xinfo_consumers(keys.queue(shard, lane), keys.GROUP)
        for shard in range(store.shards)
        for lane in keys.LANES
    ]
    return {consumer["name"] for some in found for consumer in some}


async def test_a_server_that_came_back_empty_gets_its_groups_again(store: Store) -> None:
    await kit.accept(store, kit.comment(store))
    cluster = store.clients.is_cluster
    everywhere = {"target_nodes": store.redis.PRIMARIES} if cluster else {}
    await store.redis.flushall(**everywhere)
    assert await kit.reclaim(store) == []
    assert await kit.take(store) == []
    await kit.accept(store, kit.comment(store))
    (job,) = await kit.take(store)
    assert (await kit.record(store, [kit.approved(job)]))[0].code == "recorded"


async def test_scripts_are_sent_again_to_a_server_that_forgot_them(store: Store) -> None:
    await kit.accept(store, kit.comment(store, "1"))
    cluster = store.clients.is_cluster
    everywhere = {"target_nodes": store.redis.PRIMARIES} if cluster else {}
    await store.redis.execute_command("SCRIPT FLUSH", **everywhere)
    accepted = await kit.accept(store, *(kit.comment(store, str(n)) for n in range(2, 20)))
    assert all(one.new for one in accepted)
    assert len(await kit.take(store)) == 19
