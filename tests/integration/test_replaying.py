"""Replays in the background: one at a time, told as they go, ended when asked, out of the way."""

from __future__ import annotations

import asyncio

import pytest

from moderation.domain.errors import OverloadedError
from moderation.domain.policy import Policy
from moderation.services.replaying import Replaying
from moderation.store import replays
from moderation.store.replays import Told
from moderation.store.store import Store
from tests import service_kit as kit
from tests.service_kit import POLICY, SITE, Service, service, until

OTHER = POLICY.model_copy(update={"name": "other"})


async def told(s: Service, name: str = "default") -> Told:
    found = await replays.find(s.store, name)
    assert found
    return found


async def is_over(s: Service, name: str = "default") -> bool:
    return (await told(s, name)).state != "running"


async def lengthen(store: Store, comment: str, times: int) -> None:
    """Repeat a decision in the feed, so that a replay has something to do."""
    [(_, entry)] = await store.redis.xrevrange(f"{{s0}}:feed:{SITE}", count=1)
    assert entry["id"] == comment
    for _ in range(times // 1000):
        pipeline = store.redis.pipeline(transaction=False)
        for _ in range(1000):
            pipeline.xadd(f"{{s0}}:feed:{SITE}", entry)
        await pipeline.execute()


async def test_what_a_replay_finds_is_told_with_examples(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await s.submit_all([*kit.texts(12), *kit.texts(1, held=True), "please raise"])
        await s.decided(ids)
        replaying = Replaying(s.store)
        lax = Policy.model_validate({"name": "default", "thresholds": {"toxicity": 0.0}})
        await replaying.start(lax, SITE, "ada")
        await until(lambda: is_over(s))
        found = await told(s)
        assert (found.state, found.by, found.site) == ("done", "ada", SITE)
        assert (found.seen, found.total, found.digest) == (14, 14, lax.digest())
        assert found.found["changes"] == [["approve", "hold", 12], ["hold", "hold", 1]]
        assert found.found["left_out"] == {"held without a score": 1}
        assert len(found.found["examples"]) == 10
        assert set(found.found["examples"]) < set(ids[:12])


async def test_one_at_a_time_and_each_can_be_ended(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await s.submit_all(kit.texts(1))
        await s.decided(ids)
        await lengthen(s.store, ids[0], 30_000)
        replaying, elsewhere = Replaying(s.store), Replaying(s.store)
        first = await replaying.start(POLICY, SITE, "ada")
        with pytest.raises(OverloadedError):
            await replaying.start(OTHER, SITE, "ada")
        await elsewhere.start(OTHER, SITE, "bob")
        await elsewhere.cancel("default")  # whichever process it runs in
        await until(lambda: is_over(s))
        assert (await told(s)).state == "cancelled"
        # A new one of the same policy takes the place of the one that runs.
        second = await elsewhere.start(OTHER, SITE, "bob")
        third = await elsewhere.start(OTHER, SITE, "bob")
        assert len({first, second, third, (await told(s, "other")).id}) == 3
        await elsewhere.stop()
        assert (await told(s, "other")).state == "cancelled"
        await replaying.stop()


async def test_a_replay_gives_way_to_others(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await s.submit_all(kit.texts(1))
        await s.decided(ids)
        await lengthen(s.store, ids[0], 2000)
        replaying = Replaying(s.store)
        await replaying.start(POLICY, SITE, "ada")
        turns = 0
        while not await is_over(s):
            await asyncio.sleep(0)
            turns += 1
        assert (await told(s)).found["changes"] == [["approve", "approve", 2001]]
        assert turns > 10
