"""People's decisions: on the version that they saw, once, undoable, and only on their own site."""

from __future__ import annotations

import asyncio

import pytest

from moderation.store import queue, reading
from moderation.store.store import Store
from tests.contract import store_kit as kit


async def test_a_persons_decision_is_recorded_and_still_explains_itself(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store, article="a1")])
    said = kit.says(comment, 2, "reject", reason="insult", note="third time this week")
    assert await kit.resolve(store, said) == ("recorded", 3)
    event = (await reading.trail(store, comment))[-1]
    assert (event["decision"], event["decided_by"], event["revision"]) == ("reject", "person", 1)
    assert event["actor"] == {"id": "ada", "name": "Ada L.", "via": "key1"}
    assert event["note"] == "third time this week"
    assert [reason["label"] for reason in event["reasons"]] == ["insult"]
    assert (event["scores"], event["policy"]) == (
        {"toxicity": 0.9},
        {"name": "default", "version": 1},
    )
    assert event["model"] == {"name": "compact-en", "version": "1"}
    for order in ("age", "scr", "pri"):
        assert await kit.held_ids(store, order) == []
    assert await kit.held_ids(store, "age", article="a1") == []


async def test_the_same_again_is_answered_without_a_second_event(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    said = kit.says(comment, 2, "reject")
    answers = await asyncio.gather(*(kit.resolve(store, said) for _ in range(5)))
    assert sorted(answers) == [("already", 3)] * 4 + [("recorded", 3)]
    assert len(await reading.trail(store, comment)) == 3


async def test_of_two_people_one_wins_and_the_other_is_stale(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    answers = await asyncio.gather(
        *(kit.resolve(store, kit.says(comment, 2, "approve", person=f"p{n}")) for n in range(5))
    )
    assert sorted(answers) == [("recorded", 3)] + [("stale", 3)] * 4


@pytest.mark.parametrize(
    ("decision", "person", "reason"),
    [("reject", "ada", None), ("approve", "bob", None), ("approve", "ada", "typo")],
)
async def test_another_decision_on_an_old_version_is_stale(
    store: Store, decision: str, person: str, reason: str | None
) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    assert (await kit.resolve(store, kit.says(comment, 2, "approve")))[0] == "recorded"
    other = kit.says(comment, 2, decision, person=person, reason=reason)
    assert await kit.resolve(store, other) == ("stale", 3)
    assert (await kit.state(store, comment))["d"] == "approve"


async def test_an_old_answer_is_stale_once_somebody_else_has_spoken(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    first = kit.says(comment, 2, "approve")
    await kit.resolve(store, first)
    await kit.resolve(store, kit.says(comment, 3, "reject", person="bob"))
    assert await kit.resolve(store, first) == ("stale", 4)


async def test_another_sites_comment_does_not_exist(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    before = await kit.everything(store)
    assert await kit.resolve(store, kit.says(comment, 2, site="blog")) == ("missing", 0)
    assert await kit.resolve(store, kit.says("c_unknown", 1)) == ("missing", 0)
    assert await kit.everything(store) == before


async def test_an_erased_comment_cannot_be_decided(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    await kit.erase(store, comment, 2)
    assert await kit.resolve(store, kit.says(comment, 3)) == ("erased", 3)


async def test_undoing_puts_a_comment_back_where_it_was(store: Store) -> None:
    new = [kit.comment(store, str(n), article="a1") for n in range(3)]
    ids = await kit.decide(store, new, lambda job: kit.held(job, 0.6 + job.received_ms % 2 / 10))
    before = {order: await kit.held_ids(store, order) for order in ("age", "scr", "pri")}
    assert (await kit.resolve(store, kit.says(ids[1], 2, "reject")))[0] == "recorded"
    assert sorted(await kit.held_ids(store)) == sorted([ids[0], ids[2]])
    assert (await kit.resolve(store, kit.says(ids[1], 3, "hold")))[0] == "recorded"
    assert {order: await kit.held_ids(store, order) for order in ("age", "scr", "pri")} == before
    assert await kit.held_ids(store, "age", article="a1") == before["age"]
    assert sorted(await kit.held_ids(store, why="toxicity")) == sorted(ids)


async def test_an_undone_approval_keeps_its_text(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    await kit.resolve(store, kit.says(comment, 2, "approve"), ttl_ms=0)
    await kit.resolve(store, kit.says(comment, 3, "hold"))
    assert [key for key in await kit.all_keys(store) if key.endswith(":exp")] == []


async def test_a_person_may_be_faster_than_the_machine(store: Store) -> None:
    """Decided while queued, and while a worker has it in hand."""
    for name, taken in (("1", False), ("2", True)):
        (accepted,) = await kit.accept(store, kit.comment(store, name))
        jobs = await kit.take(store) if taken else []
        assert (await kit.resolve(store, kit.says(accepted.id, 1, "reject")))[0] == "recorded"
        assert await kit.take(store) == []
        assert await kit.reclaim(store) == []
        assert [a.code for a in await kit.record(store, [kit.approved(j) for j in jobs])] == (
            ["late"] if taken else []
        )
        assert (await kit.state(store, accepted.id))["d"] == "reject"
    assert sum(depth.entries for depth in await queue.depths(store, 0)) == 0
    pending = await reading.page(store, reading.pending_indexes(store, "news"), None, 9, ())
    assert pending == ([], None)


async def test_a_chain_of_decisions_is_kept_in_full(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    chain = ["approve", "hold", "reject", "approve", "reject"]
    for version, decision in enumerate(chain, start=2):
        assert await kit.resolve(store, kit.says(comment, version, decision)) == (
            "recorded",
            version + 1,
        )
    trail = await reading.trail(store, comment)
    assert [event["version"] for event in trail] == list(range(1, 8))
    assert [event["decision"] for event in trail[2:]] == chain
    (record,) = await reading.read(store, [comment])
    assert record is not None
    assert record.decided == trail[-1]
    feed, _ = await reading.read_feed(store, kit.SITE, {}, 99)
    assert feed == [(comment, version) for version in range(2, 8)]
