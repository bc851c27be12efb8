"""Replaying a policy over what was decided: from stored scores, with what it leaves out."""

from __future__ import annotations

from moderation.domain.decision import Decision
from moderation.domain.policy import Policy
from moderation.services.replay import replay
from moderation.store import policies
from moderation.store.log import SERVICE
from tests import service_kit as kit
from tests.service_kit import OTHER_SITE, POLICY, SITE, service


def policy(threshold: float = 0.5, **rules: object) -> Policy:
    return Policy.model_validate(
        {
            "name": "default",
            "thresholds": {"toxicity": threshold, "insult": threshold},
            "rules": rules,
        }
    )


async def test_what_would_change_is_counted_and_nothing_is_written(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await s.submit_all([*kit.texts(4), *kit.texts(3, held=True), "please raise"])
        await s.decided(ids)
        await s.review.decide(kit.person(ids[0], 2, Decision.REJECT))
        seen: list[int] = []
        keys = await s.store.redis.dbsize()

        same = await replay(s.store, SITE, POLICY, seen.append)
        assert same.changes == {("approve", "approve"): 4, ("hold", "hold"): 3}
        assert same.left_out == {"held without a score": 1}
        assert seen == [9]

        strict = await replay(s.store, SITE, policy(0.0), seen.append)
        assert strict.changes == {("approve", "hold"): 4, ("hold", "hold"): 3}
        lax = await replay(s.store, SITE, policy(1.0), seen.append)
        assert lax.changes == {("approve", "approve"): 4, ("hold", "approve"): 3}
        ruled = await replay(s.store, SITE, policy(1.0, banned_words=["fine"]), seen.append)
        assert ruled.changes == {("approve", "hold"): 4, ("hold", "approve"): 3}

        assert (await replay(s.store, OTHER_SITE, POLICY, seen.append)).changes == {}
        assert await s.store.redis.dbsize() == keys
        assert len(await s.trail(ids[1])) == 2


async def test_what_can_t_be_replayed_is_said(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await s.submit_all(kit.texts(4))
        await s.decided(ids)
        await s.keeping.erase(SITE, ids[0], "key1")
        await s.edit(ids[1], kit.texts(5)[4], "1")
        await s.store.redis.delete(f"{{s0}}:c:{ids[2]}")
        await s.decided([ids[1]])
        found = await replay(
            s.store, SITE, policy(repeated_text={"count": 2, "window_s": 60}), lambda _: None
        )
        assert found.changes == {("approve", "approve"): 2}
        assert found.left_out["the text is no longer kept"] == 2
        [approved_unasked] = found.unasked.values()
        assert approved_unasked == 2
        assert sum(found.left_out.values()) == 3


async def test_what_was_known_of_author_and_text_then_still_holds(embedded_url: str) -> None:
    rules = {"hold_first_time_author": True, "repeated_text": {"count": 2, "window_s": 60}}
    fine, other = kit.texts(2)
    async with service(embedded_url) as s:
        await policies.apply(s.store, policy(**rules), by=SERVICE)
        await s.work()
        [known] = await s.submit_all([other], author=None)
        await s.decided([known])
        first = (await s.submit(fine, "first", author="new"))["id"]
        await s.decided([first])
        again = (await s.submit(other, "again"))["id"]
        [repeated] = await s.decided([again])
        assert [reason["code"] for reason in repeated["reasons"]] == ["repeated_text"]

        same = await replay(s.store, SITE, policy(**rules), lambda _: None)
        assert same.changes == {("approve", "approve"): 1, ("hold", "hold"): 2}
        stricter = policy(hold_first_time_author=True, repeated_text={"count": 9, "window_s": 1})
        found = await replay(s.store, SITE, stricter, lambda _: None)
        assert ("hold", "approve") not in found.changes
        without = await replay(s.store, SITE, POLICY, lambda _: None)
        assert without.changes == {("approve", "approve"): 1, ("hold", "approve"): 2}
        assert not without.left_out + without.unasked
