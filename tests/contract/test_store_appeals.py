"""Appeals in the store: kept once, decided once, open again, lapsed, forgotten; never expired."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from moderation.domain.appeals import Appeal, open_appeal
from moderation.domain.decision import Decision
from moderation.domain.errors import (
    ConflictError,
    NotAppealableError,
    NotFoundError,
    SiteOverloadedError,
)
from moderation.domain.standing import standing
from moderation.store import appeals, intake, keeping, keys, reading, second_thoughts
from moderation.store.appeals import NewAppeal
from moderation.store.decisions import PAGE
from moderation.store.store import Store
from tests.contract import store_kit as kit
from tests.contract.test_store_undoing import act

WORDS = "i meant the weather, kanarienvogel"
OPTIONS: dict[str, Any] = {"appealable": True, "most": 100, "idempotency_s": 600}


def new(comment: str, statement: str = WORDS, key: str | None = None) -> NewAppeal:
    return NewAppeal(
        comment=comment, site=kit.SITE, statement=statement, idempotency_key=key, via="key1"
    )


async def rejected(store: Store, name: str = "1") -> str:
    """Return a comment that Ada rejected, at version 3."""
    (comment,) = await kit.decide(store, [kit.comment(store, name, author="a" * 32)])
    code, _ = await kit.resolve(store, kit.says(comment, 2, "reject", reason="spam"))
    assert code == "recorded"
    return comment


async def appealed(store: Store, name: str = "1") -> str:
    comment = await rejected(store, name)
    assert await appeals.keep(store, new(comment), 3, **OPTIONS) == "appealed"
    return comment


async def decide(store: Store, comment: str, status: Any, version: int = 4) -> tuple[str, int]:
    """Decide an appeal as Bob would on the page."""
    trail = await reading.trail(store, comment)
    made = open_appeal(trail)
    decision = Decision.APPROVE if status == "granted" else Decision.REJECT
    said = kit.says(comment, version, decision, person="bob")
    appeal = Appeal(status, made.version, made.at) if made else None
    return await kit.resolve(store, replace(said, via=PAGE, appeal=appeal), hold_back_ms=60_000)


async def waiting(store: Store) -> list[str]:
    return await kit.held_ids(store, appeals.ORDER)


async def due(store: Store, comment: str) -> float | None:
    found: float | None = await store.redis.zscore(keys.due(store.shard(comment), "exp"), comment)
    return found


async def test_an_appeal_is_an_event_and_its_words_are_kept_apart(store: Store) -> None:
    first, second = await appealed(store, "1"), await appealed(store, "2")
    assert await waiting(store) == [first, second]
    ((words, trail),) = await appeals.read(store, [first])
    assert words == WORDS
    assert (trail[-1]["type"], trail[-1]["version"], trail[-1]["via"]) == ("appealed", 4, "key1")
    holding = [key for key, held in (await kit.everything(store)).items() if WORDS in held]
    assert sorted(holding) == sorted(
        keys.statement(store.shard(one), one) for one in (first, second)
    )
    count, oldest = await appeals.figures(store, kit.SITE)
    assert (count, oldest) == (2, trail[-1]["at"])
    assert await appeals.figures(store, "blog") == (0, None)


async def test_the_same_appeal_again_is_kept_once(store: Store) -> None:
    comment = await rejected(store)
    codes = await asyncio.gather(
        *(appeals.keep(store, new(comment), 3, **OPTIONS) for _ in range(3))
    )
    assert sorted(codes) == ["appealed", "changed", "changed"]  # each reads again
    refused = {**OPTIONS, "appealable": False}
    assert await appeals.keep(store, new(comment), 4, **refused) == "same"
    assert await appeals.keep(store, new(comment, "other words"), 4, **refused) == "refused"
    assert len(await reading.trail(store, comment)) == 4
    await decide(store, comment, "granted")
    assert await appeals.keep(store, new(comment), 5, **refused) == "same"


async def test_an_idempotency_key_is_for_one_appeal(store: Store) -> None:
    comment, other = await rejected(store, "1"), await rejected(store, "2")
    assert await appeals.keep(store, new(comment, key="k1"), 3, **OPTIONS) == "appealed"
    assert await appeals.keep(store, new(comment, key="k1"), 3, **OPTIONS) == "same"
    with pytest.raises(ConflictError):
        await appeals.keep(store, new(comment, "other words", "k1"), 4, **OPTIONS)
    if store.shards == 1:  # a key is kept in the shard of its comment
        with pytest.raises(ConflictError):
            await appeals.keep(store, new(other, key="k1"), 3, **OPTIONS)


async def test_what_cannot_be_kept_is_refused(store: Store) -> None:
    comment = await rejected(store, "gone")
    with pytest.raises(NotFoundError):
        await appeals.keep(store, replace(new(comment), site="blog"), 3, **OPTIONS)
    with pytest.raises(NotFoundError):
        await appeals.keep(store, new("c_" + "0" * 32), 3, **OPTIONS)
    await store.redis.delete(keys.payload(store.shard(comment), comment))
    with pytest.raises(NotAppealableError, match="no longer kept"):
        await appeals.keep(store, new(comment), 3, **OPTIONS)
    one, other = kit.names_on(store, 0, 2)
    await appealed(store, one)
    full = {**OPTIONS, "most": store.shards}  # one a shard
    comment = await rejected(store, other)
    with pytest.raises(SiteOverloadedError) as refused:
        await appeals.keep(store, new(comment), 3, **full)
    assert refused.value.retry_after == 600
    assert await appeals.keep(store, new(comment), 3, **OPTIONS) == "appealed"


@pytest.mark.parametrize(("status", "decision"), [("upheld", "reject"), ("granted", "approve")])
async def test_a_decision_closes_it_and_is_published_with_it(
    store: Store, status: str, decision: str
) -> None:
    comment = await appealed(store)
    assert await decide(store, comment, status) == ("recorded", 5)
    assert await decide(store, comment, status) == ("already", 5)
    assert await waiting(store) == []
    event = (await reading.trail(store, comment))[-1]
    assert (event["decision"], event["appeal"]["status"]) == (decision, status)
    assert event["appeal"]["version"] == 4
    assert not {"ap", "apt"} & set(await kit.state(store, comment))
    feed, _ = await reading.read_feed(store, kit.SITE, {}, 10)
    assert feed[-1] == (comment, 5)
    ((words, _),) = await appeals.read(store, [comment])
    assert words == WORDS  # as long as the text


async def test_nobody_decides_past_an_open_appeal(store: Store) -> None:
    comment = await appealed(store)
    for decision in ("approve", "reject", "hold"):
        assert await kit.resolve(store, kit.says(comment, 4, decision)) == ("appealed", 4)
    of_another = replace(kit.says(comment, 4, "approve"), appeal=Appeal("granted", 3, 1))
    assert await kit.resolve(store, of_another) == ("appealed", 4)
    assert await undo(store, comment, 3, person="ada") == ("appealed", 4, False)
    assert await waiting(store) == [comment]


async def undo(store: Store, comment: str, undone: int, **who: str) -> tuple[str, int, bool]:
    trail = await reading.trail(store, comment)
    stands = standing(trail)
    event = trail[undone - 1]
    return await second_thoughts.undo(
        store, act(comment, trail[-1]["version"], **who), undone,
        [one for one in stands if one["version"] < undone], was_decided=True, only_within=False,
        ttl_ms=kit.YEAR_MS, weight_hours=6.0, reopens=event.get("appeal"),
    )  # fmt: skip


async def test_what_is_taken_back_is_open_again_in_its_old_place(store: Store) -> None:
    comment = await appealed(store)
    before = await store.redis.zscore(*_place(store, comment))
    await decide(store, comment, "granted")
    assert await undo(store, comment, 5, person="bob") == ("recorded", 6, True)
    event = (await reading.trail(store, comment))[-1]
    assert (event["decision"], event["undoes"], event["appeal"]["status"]) == ("reject", 5, "open")
    assert await store.redis.zscore(*_place(store, comment)) == before
    assert await due(store, comment) is None
    assert await decide(store, comment, "upheld", 6) == ("recorded", 7)
    assert await due(store, comment) is not None


def _place(store: Store, comment: str) -> tuple[str, str]:
    return keys.held(store.shard(comment), kit.SITE, appeals.ORDER), comment


async def test_a_change_of_mind_afterwards_leaves_the_appeal_decided(store: Store) -> None:
    comment = await appealed(store)
    await decide(store, comment, "granted")
    assert await kit.resolve(store, kit.says(comment, 5, "reject", person="eve")) == ("recorded", 6)
    assert await undo(store, comment, 6, person="eve") == ("recorded", 7, False)
    event = (await reading.trail(store, comment))[-1]
    assert (event["decision"], event["appeal"]["status"]) == ("approve", "granted")
    assert await waiting(store) == []


async def test_while_it_is_open_nothing_expires(store: Store) -> None:
    comment = await appealed(store)
    shard = store.shard(comment)
    assert await due(store, comment) is None
    await store.redis.zadd(keys.due(shard, "exp"), {comment: 1})
    await keeping.sweep(store, shard, 10, 1)
    assert (
        await store.redis.exists(keys.payload(shard, comment), keys.statement(shard, comment)) == 2
    )
    assert await due(store, comment) is None
    await decide(store, comment, "upheld")
    await store.redis.delete(f"{keys.prefix(shard)}o:{comment}")  # as if its callbacks had gone out
    await store.redis.zadd(keys.due(shard, "exp"), {comment: 1})
    await keeping.sweep(store, shard, 10, kit.YEAR_MS)
    assert not await store.redis.exists(
        keys.payload(shard, comment), keys.statement(shard, comment)
    )


async def test_an_edit_lets_it_lapse(store: Store) -> None:
    comment = await appealed(store)
    edited = kit.comment(store, "1", "another text", author="a" * 32)
    await intake.edit(store, edited, 600)
    event = (await reading.trail(store, comment))[-1]
    assert (event["type"], event["lapsed"]) == ("edited", 4)
    assert await waiting(store) == []
    assert [key for key, held in (await kit.everything(store)).items() if WORDS in held] == []
    assert not {"ap", "apt", "apk"} & set(await kit.state(store, comment))
    await intake.edit(store, kit.comment(store, "1", "a third", author="a" * 32), 600)
    assert "lapsed" not in (await reading.trail(store, comment))[-1]


async def test_erased_is_erased(store: Store) -> None:
    comment = await appealed(store)
    assert await kit.erase(store, comment, 4) == ("erased", 5)
    assert await waiting(store) == []
    found = await kit.everything(store)
    assert [key for key, held in found.items() if "kanarienvogel" in key + held] == []
    with pytest.raises(NotFoundError):
        await appeals.keep(store, new(comment), 5, **OPTIONS)
    assert (await decide(store, comment, "granted", 5))[0] == "erased"
