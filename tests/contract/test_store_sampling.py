"""Approvals that are drawn for people to read: how they wait, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from moderation.domain.standing import standing
from moderation.store import intake, keeping, reading, sampling, second_thoughts, tallies
from moderation.store.decisions import Ruling
from moderation.store.queue import Job
from moderation.store.second_thoughts import Act
from moderation.store.store import Store
from tests.contract import store_kit as kit
from tests.contract.tally_kit import DAY_MS, counted, now, stands


@pytest.fixture
async def drawing(store: Store) -> Store:
    """Every approval is drawn."""
    await tallies.configure(store, keep_ms=DAY_MS, sample_share=1.0)
    return store


async def test_a_drawn_approval_waits_for_people_and_stands_meanwhile(drawing: Store):
    store = drawing
    ids = await kit.decide(store, [kit.comment(store, str(n)) for n in range(3)], kit.approved)
    assert sorted(await kit.held_ids(store, sampling.ORDER)) == sorted(ids)
    assert await kit.held_ids(store) == []
    assert len(await kit.callbacks(store)) == 3
    assert await stands(store) == {4: {"s": 3}}
    assert (await kit.resolve(store, kit.says(ids[0], 2, "reject")))[0] == "recorded"
    feed, _ = await reading.read_feed(store, kit.SITE, {}, 9)
    assert feed.count((ids[0], 3)) == 1
    assert await stands(store) == {4: {"s": 2, "sr": 1}}
    assert sorted(await kit.held_ids(store, sampling.ORDER)) == sorted(ids[1:])


async def confirm(store: Store, comment: str, version: int, person: str = "ada"):
    (record,) = await reading.read(store, [comment])
    said = kit.says(comment, version, person=person)
    return await sampling.confirm(store, said, (record.decided if record else None) or {})


async def test_to_leave_a_drawn_approval_as_it_is_tells_nobody_anything_new(drawing: Store):
    store = drawing
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.approved)
    (callback,) = await kit.callbacks(store)
    await kit.settle(store, callback)
    assert await confirm(store, comment, 2) == ("recorded", 3)
    assert await confirm(store, comment, 2) == ("already", 3)
    assert await confirm(store, comment, 2, "bob") == ("stale", 3)
    assert await confirm(store, comment, 3, "bob") == ("stale", 3)  # read once is enough
    assert await kit.callbacks(store) == await kit.held_ids(store, sampling.ORDER) == []
    feed, _ = await reading.read_feed(store, kit.SITE, {}, 9)
    assert feed == [(comment, 2)]
    (record,) = await reading.read(store, [comment])
    assert record is not None
    assert (record.state["d"], record.state["by"]) == ("approve", "model")
    assert not sampling.is_drawn(record)
    last = (await reading.trail(store, comment))[-1]
    assert (last["type"], last["actor"]["id"]) == ("confirmed", "ada")
    assert await stands(store) == {4: {"sa": 1}}
    assert (await counted(store)).decisions == {"approve": 1}
    assert (await kit.resolve(store, kit.says(comment, 3, "reject")))[0] == "recorded"
    assert await stands(store) == {4: {"sr": 1}}


async def test_a_reading_taken_back_waits_again(drawing: Store):
    store = drawing
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.approved)
    await confirm(store, comment, 2)
    (record,) = await reading.read(store, [comment])
    assert record is not None
    again = partial(sampling.take_back, store, kit.says(comment, 3), record.decided or {}, 3)
    assert await again() == ("recorded", 4)
    assert await again() == ("already", 4)
    assert (await reading.trail(store, comment))[-1]["undoes"] == 3
    assert await kit.held_ids(store, sampling.ORDER) == [comment]
    assert await stands(store) == {4: {"s": 1}}
    assert (await counted(store)).decisions == {"approve": 1, "undo": 1}
    assert await confirm(store, comment, 4, "bob") == ("recorded", 5)


async def test_a_rejection_taken_back_leaves_the_count_as_it_was(drawing: Store):
    store = drawing
    held, drawn = await kit.decide(
        store, [kit.comment(store, "h"), kit.comment(store, "d")],
        lambda job: (kit.held if job.submission.external_id == "h" else kit.approved)(job),
    )  # fmt: skip
    before = await stands(store)
    for comment in (held, drawn):
        await kit.resolve(store, kit.says(comment, 2, "reject"))
        *rest, undone = standing(await reading.trail(store, comment))
        act = Act(comment=comment, site=kit.SITE, expected_version=3, actor_id="ada",
                  actor_name="Ada L.")  # fmt: skip
        code, *_ = await second_thoughts.undo(
            store, act, undone["version"], rest, was_decided=True, only_within=False,
            ttl_ms=kit.YEAR_MS, weight_hours=6.0,
        )  # fmt: skip
        assert code == "recorded"
    assert await stands(store) == before
    assert await kit.held_ids(store, sampling.ORDER) == [drawn]
    found = await counted(store)
    assert (found.decisions, found.reversals) == ({"reject": 2, "undo": 2}, 0)


async def test_what_is_gone_elsewhere_or_erased_is_not_confirmed(drawing: Store):
    store = drawing
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.approved)
    said = replace(kit.says(comment, 2), site="blog")
    assert await sampling.confirm(store, said, {}) == ("missing", 0)
    await kit.erase(store, comment, 2)
    assert await confirm(store, comment, 3) == ("erased", 3)
    assert await kit.held_ids(store, sampling.ORDER) == []


async def test_an_edit_or_the_end_of_a_text_ends_the_wait(drawing: Store):
    store = drawing
    _, swept = await kit.decide(
        store, [kit.comment(store, str(n), callback="") for n in range(2)], kit.approved
    )
    await intake.edit(store, kit.comment(store, "0", text="a rainy day"), 600)
    assert await kit.held_ids(store, sampling.ORDER) == [swept]
    shard = store.shard(swept)
    await store.redis.zadd(f"{{s{shard}}}:exp", {swept: 1})
    await keeping.sweep(store, shard, 10, kit.YEAR_MS)
    assert await kit.held_ids(store, sampling.ORDER) == []


@pytest.mark.parametrize(("ruling", "outcome"), [(kit.approved, "s"), (kit.held, "h")])
async def test_an_edited_text_has_nothing_of_the_earlier_one_s_count(
    drawing: Store, ruling: Callable[[Job], Ruling], outcome: str
):
    store = drawing
    (comment,) = await kit.decide(store, [kit.comment(store)], ruling)
    await intake.edit(store, kit.comment(store, text="a rainy day"), 600)
    assert (await kit.resolve(store, kit.says(comment, 3, "reject")))[0] == "recorded"
    *rest, undone = standing(await reading.trail(store, comment))
    act = Act(comment=comment, site=kit.SITE, expected_version=4, actor_id="ada",
              actor_name="Ada L.")  # fmt: skip
    code, *_ = await second_thoughts.undo(
        store, act, undone["version"], rest, was_decided=True, only_within=False,
        ttl_ms=kit.YEAR_MS, weight_hours=6.0,
    )  # fmt: skip
    assert code == "recorded"
    assert await kit.held_ids(store, sampling.ORDER) == []
    assert (await kit.resolve(store, kit.says(comment, 5, "approve")))[0] == "recorded"
    assert now((await counted(store)).outcomes) == {outcome: 1}


async def test_the_lot_draws_about_the_share_and_the_same_again(store: Store):
    await tallies.configure(store, keep_ms=DAY_MS, sample_share=0.25)
    new = [kit.comment(store, str(number)) for number in range(400)]
    await kit.decide(store, new, kit.approved)
    drawn = await kit.held_ids(store, sampling.ORDER)
    assert 60 < len(drawn) < 140
    assert now((await counted(store)).outcomes) == {"a": 400 - len(drawn), "s": len(drawn)}


async def test_nothing_is_drawn_unless_it_is_asked_for(store: Store):
    await kit.decide(store, [kit.comment(store, str(n)) for n in range(20)], kit.approved)
    assert await kit.held_ids(store, sampling.ORDER) == []
