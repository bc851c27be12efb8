"""What a second model said: kept with its comment, no longer than it, and no more than so many."""

from __future__ import annotations

import pytest

from moderation.domain.decision import Decision
from moderation.domain.scores import ModelInfo
from moderation.store import comparisons, intake, keeping
from moderation.store.comparisons import Comparison, Side
from moderation.store.store import Store
from tests.contract import store_kit as kit

FIRST = Side.of(ModelInfo("m", "1"), Decision.APPROVE, {"toxicity": 0.1})
SECOND = Side.of(ModelInfo("m", "2"), Decision.HOLD, {"toxicity": 0.9})


def compared(comment: str, revision: int = 1) -> Comparison:
    return Comparison(comment=comment, revision=revision, first=FIRST, second=SECOND)


async def noted(store: Store) -> list[Comparison]:
    return [one async for one in comparisons.noted(store)]


async def test_a_comparison_is_read_back_with_what_people_decided_since(store: Store) -> None:
    one, two = await kit.decide(store, [kit.comment(store, "1"), kit.comment(store, "2")])
    for comment in (one, two, one):
        assert await comparisons.note(store, compared(comment))
    assert {found.comment: found for found in await noted(store)} == {
        one: compared(one), two: compared(two)
    }  # fmt: skip
    await kit.resolve(store, kit.says(two, 2, "reject"))
    assert {found.comment: found.person for found in await noted(store)} == {
        one: None, two: "reject"
    }  # fmt: skip


async def test_of_a_text_that_was_edited_or_erased_meanwhile_nothing_is_kept(store: Store) -> None:
    one, two = await kit.decide(store, [kit.comment(store, "1"), kit.comment(store, "2")])
    await intake.edit(store, kit.comment(store, "1", "a rainy day"), 600)
    await kit.erase(store, two, 2)
    assert not await comparisons.note(store, compared(one))
    assert not await comparisons.note(store, compared(two))
    assert not await comparisons.note(store, compared("c_" + "a" * 32))
    assert await noted(store) == []


async def test_it_goes_with_its_comment(store: Store) -> None:
    ids = await kit.decide(store, [kit.comment(store, "1"), kit.comment(store, "2")], kit.approved)
    for comment in ids:
        await comparisons.note(store, compared(comment))
    await kit.erase(store, ids[0], 2)
    assert [found.comment for found in await noted(store)] == [ids[1]]
    for key in await kit.all_keys(store):
        if key.endswith(":exp"):
            for comment in await store.redis.zrange(key, 0, -1):
                await store.redis.zadd(key, {comment: 0})
    for _ in range(2):  # the text, then the record
        for shard in range(store.shards):
            for comment in await store.redis.zrange(f"{{s{shard}}}:exp", 0, -1):
                await store.redis.zadd(f"{{s{shard}}}:exp", {comment: 0})
                await store.redis.delete(f"{{s{shard}}}:o:{comment}")
            await keeping.sweep(store, shard, 100, 0)
    assert await noted(store) == []
    assert not [key for key in await kit.all_keys(store) if ":sh" in key]


async def test_the_oldest_give_way(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparisons, "MOST", 2)
    names = kit.names_on(store, 0, 4)
    ids = await kit.decide(store, [kit.comment(store, name) for name in names])
    for comment in ids:
        await comparisons.note(store, compared(comment))
    assert len(await noted(store)) == 2
    assert {found.comment for found in await noted(store)} <= set(ids)
    assert len([key for key in await kit.all_keys(store) if ":sh:" in key]) == 2
