"""Replays in the background: one at a time, told as they go, ended when asked, out of the way."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from moderation.domain.comment import Submission
from moderation.domain.errors import OverloadedError
from moderation.domain.policy import Policy
from moderation.services.replay import Replay, replay
from moderation.services.replaying import Replaying
from moderation.store import replays
from moderation.store.replays import Told
from tests import service_kit as kit
from tests.service_kit import POLICY, SITE, Service, service, until

OTHER = POLICY.model_copy(update={"name": "other"})


async def told(s: Service, name: str = "default") -> Told:
    found = await replays.find(s.store, name)
    assert found
    return found


async def is_over(s: Service, name: str = "default") -> bool:
    return (await told(s, name)).state != "running"


async def endless(*_: object) -> Replay:
    """Replay until it is ended."""
    await asyncio.Event().wait()
    return Replay()


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
        replaying, elsewhere = Replaying(s.store, endless), Replaying(s.store, endless)
        first = await replaying.start(POLICY, SITE, "ada")
        with pytest.raises(OverloadedError):
            await replaying.start(OTHER, SITE, "ada")
        await elsewhere.start(OTHER, SITE, "bob")
        await elsewhere.cancel("default")  # whichever process it runs in
        assert (await told(s)).state == "cancelled"
        # A new one of the same policy takes the place of the one that runs.
        second = await elsewhere.start(OTHER, SITE, "bob")
        third = await elsewhere.start(OTHER, SITE, "bob")
        assert len({first, second, third}) == 3
        assert ((await told(s, "other")).id, await is_over(s, "other")) == (third, False)
        await elsewhere.stop()
        assert (await told(s, "other")).state == "cancelled"
        await replaying.stop()


async def test_of_two_that_start_at_once_one_runs_and_is_known(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        running = 0

        async def counted(*_: object) -> Replay:
            nonlocal running
            running += 1
            try:
                return await endless()
            finally:
                running -= 1

        replaying = Replaying(s.store, counted)
        for policies, refused in (((POLICY, OTHER), 1), ((POLICY, POLICY), 0)):
            started = [replaying.start(policy, SITE, "ada") for policy in policies]
            answers = await asyncio.gather(*started, return_exceptions=True)
            assert sum(isinstance(one, OverloadedError) for one in answers) == refused
            assert (await told(s)).id == [one for one in answers if isinstance(one, str)][-1]
            await until(lambda: running == 1)
            await replaying.stop()
            await until(lambda: running == 0)
            assert (await told(s)).state == "cancelled"


async def test_a_replay_gives_way_to_others_while_it_reads(
    embedded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service(embedded_url) as s:
        await s.work()
        await s.decided(await s.submit_all(kit.texts(60)))
        turns, parsed, read = 0, Counter[int](), Submission.from_json

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        def counted(payload: str) -> Submission:
            parsed[turns] += 1
            return read(payload)

        monkeypatch.setattr(Submission, "from_json", counted)
        beside = asyncio.create_task(others())
        await replay(s.store, SITE, POLICY, lambda _: None)
        beside.cancel()
        assert parsed.total() == 60
        assert max(parsed.values()) <= 20
