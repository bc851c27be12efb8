"""Second thoughts: handing a comment on, and taking back what was done last, in any number."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from moderation.domain.standing import standing
from moderation.store import (
    claims,
    intake,
    keeping,
    outbox,
    reading,
    second_thoughts,
    surroundings,
)
from moderation.store.second_thoughts import Act
from moderation.store.store import Store
from tests.contract import store_kit as kit

ORDERS = ("age", "scr", "pri", "thr", "gar", "gau")
LONG_MS = 600_000


def act(comment: str, version: int, *, person: str = "p_ada", site: str = kit.SITE) -> Act:
    return Act(
        comment=comment, site=site, expected_version=version, actor_id=person, actor_name="Ada L."
    )


async def escalate(store: Store, comment: str, version: int, **who: str) -> tuple[str, int]:
    return await second_thoughts.escalate(store, act(comment, version, **who), "please look")


async def undo(
    store: Store, comment: str, *, only_within: bool = False, version: int | None = None
) -> tuple[str, int, bool]:
    """Take back what stands, as who did it would."""
    trail = await reading.trail(store, comment)
    *rest, undone = standing(trail)
    return await second_thoughts.undo(
        store, act(comment, version or trail[-1]["version"]), undone["version"], rest,
        was_decided=undone["type"] == "decided", only_within=only_within, ttl_ms=kit.YEAR_MS,
        weight_hours=99.0,
    )  # fmt: skip


async def decide(
    store: Store, comment: str, version: int, decision: str = "reject", hold_back_ms: int = 0
) -> None:
    said = kit.says(comment, version, decision, person="p_ada")
    assert (await kit.resolve(store, said, hold_back_ms=hold_back_ms))[0] == "recorded"


async def places(store: Store, *, escalated: bool = False) -> dict[str, Any]:
    """Return every index of held comments with all that is in it."""
    found = {}
    for order in ("esc",) if escalated else ORDERS:
        for key in reading.held_indexes(store, kit.SITE, order, None).values():
            found[key] = await store.redis.zrange(key, 0, -1, withscores=True)
    for key in reading.held_indexes(store, kit.SITE, "age", "a1").values():
        found[key] = await store.redis.zrange(key, 0, -1, withscores=True)
    return found


async def hold_three(store: Store) -> list[str]:
    new = [kit.comment(store, str(n), article="a1", author=f"{n:032x}") for n in range(3)]
    await kit.decide(store, new, lambda job: kit.held(job, 0.6 + job.received_ms % 3 / 10))
    return [one.id for one in new]


async def test_an_escalated_comment_leaves_the_queue_for_a_list_of_its_own(store: Store) -> None:
    ids = await hold_three(store)
    await claims.claim(store, kit.SITE, "p_ada", ids, lease_ms=LONG_MS)
    assert await escalate(store, ids[1], 2) == ("recorded", 3)
    for order in ORDERS:
        assert sorted(await kit.held_ids(store, order)) == sorted([ids[0], ids[2]])
    assert await kit.held_ids(store, "esc") == [ids[1]]
    event = (await reading.trail(store, ids[1]))[-1]
    assert (event["type"], event["note"]) == ("escalated", "please look")
    assert event["actor"] == {"id": "p_ada", "name": "Ada L.", "via": "page"}
    state = await kit.state(store, ids[1])
    assert (state["d"], state["esc"], "lp" in state) == ("hold", "3", False)
    assert await kit.callbacks(store) != []  # of the holds; nobody is told of an escalation
    assert await claims.claim(store, kit.SITE, "p_bea", [ids[1]], lease_ms=LONG_MS)
    await decide(store, ids[1], 3, "approve")
    assert await kit.held_ids(store, "esc") == []
    assert not {"esc", "lp"} & set(await kit.state(store, ids[1]))


async def test_only_what_is_held_is_escalated_and_once(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    answers = await asyncio.gather(*(escalate(store, comment, 2) for _ in range(3)))
    assert sorted(answers) == [("already", 3)] * 2 + [("recorded", 3)]
    assert await escalate(store, comment, 2, person="p_bea") == ("stale", 3)
    assert await escalate(store, comment, 3, site="blog") == ("missing", 0)
    await decide(store, comment, 3)
    assert await escalate(store, comment, 4) == ("not_held", 4)
    await kit.erase(store, comment, 4)
    assert await escalate(store, comment, 5) == ("erased", 5)
    assert await kit.held_ids(store, "esc") == []


async def test_no_score_that_comes_late_decides_what_was_escalated(store: Store) -> None:
    waiting, in_hand = await kit.decide(
        store, [kit.comment(store, "1"), kit.comment(store, "2")], kit.unscored
    )
    await kit.requeue(store)
    jobs = [job for job in await kit.take(store) if job.comment == in_hand]
    for comment in (waiting, in_hand):
        assert (await escalate(store, comment, 2))[0] == "recorded"
    assert [answer.code for answer in await kit.record(store, [kit.approved(jobs[0])])] == ["late"]
    assert await kit.reclaim(store) == await kit.take(store) == []
    assert await kit.requeue(store) == 0
    assert sorted(await kit.held_ids(store, "esc")) == sorted([waiting, in_hand])


@pytest.mark.parametrize("decision", ["approve", "reject"])
async def test_what_is_taken_back_stands_as_before_in_every_order(
    store: Store, decision: str
) -> None:
    ids = await hold_three(store)
    before = await places(store)
    machine = (await reading.trail(store, ids[1]))[-1]
    await decide(store, ids[1], 2, decision)
    assert await undo(store, ids[1]) == ("recorded", 4, False)
    assert await places(store) == before
    event = (await reading.trail(store, ids[1]))[-1]
    assert (event["decision"], event["decided_by"], event["undoes"]) == ("hold", "person", 3)
    assert event["reasons"][:-1] == machine["reasons"]
    assert (event["reasons"][-1]["code"], event["reasons"][-1]["label"]) == ("person", "undone")
    for kept in ("scores", "policy", "model", "severity"):
        assert event[kept] == machine[kept]
    assert [key for key in await kit.all_keys(store) if key.endswith(":exp")] == []


async def test_an_escalation_is_taken_back_and_stands_again(store: Store) -> None:
    ids = await hold_three(store)
    before = await places(store)
    await escalate(store, ids[0], 2)
    listed = await places(store, escalated=True)
    await decide(store, ids[0], 3)
    assert (await undo(store, ids[0]))[:2] == ("recorded", 5)
    assert await places(store, escalated=True) == listed
    assert (await kit.state(store, ids[0]))["esc"] == "3"
    assert (await undo(store, ids[0]))[:2] == ("recorded", 6)
    assert await places(store) == before
    assert await kit.held_ids(store, "esc") == []
    assert (await reading.trail(store, ids[0]))[-1]["type"] == "undone"


async def test_a_stack_is_taken_back_one_by_one(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.approved)
    for version, decision in enumerate(("reject", "hold", "reject", "approve"), start=2):
        await decide(store, comment, version, decision)
    stood = []
    for _ in range(4):
        assert (await undo(store, comment))[0] == "recorded"
        stood.append((await kit.state(store, comment))["d"])
        assert bool(await kit.held_ids(store)) == (stood[-1] == "hold")
    assert stood == ["reject", "hold", "reject", "approve"]
    assert [event["version"] for event in standing(await reading.trail(store, comment))] == [2]


async def test_the_same_again_takes_back_nothing_more(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    await decide(store, comment, 2)
    *rest, undone = standing(await reading.trail(store, comment))
    answers = await asyncio.gather(
        *(
            second_thoughts.undo(
                store, act(comment, 3), undone["version"], rest, was_decided=True,
                only_within=False, ttl_ms=1, weight_hours=1.0,
            )
            for _ in range(4)
        )
    )  # fmt: skip
    assert sorted(code for code, *_ in answers) == ["already"] * 3 + ["recorded"]
    assert len(await reading.trail(store, comment)) == 4


async def test_nothing_is_taken_back_that_has_changed_meanwhile(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    await decide(store, comment, 2)
    assert (await undo(store, comment, version=2))[:2] == ("stale", 3)
    await intake.edit(store, kit.comment(store, text="a rainy day"), 600)
    assert standing(await reading.trail(store, comment)) == []
    assert not {"sev", "hv", "esc"} & set(await kit.state(store, comment))


async def told(store: Store) -> list[int]:
    """Deliver all callbacks that are due, and return their versions."""
    versions = []
    while due := await kit.callbacks(store):
        versions += [callback.version for callback in due]
        for callback in due:
            await kit.settle(store, callback)
    return versions


async def test_what_is_taken_back_in_time_is_told_to_nobody(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    assert await told(store) == [2]
    await decide(store, comment, 2, hold_back_ms=LONG_MS)
    assert await told(store) == []
    assert await undo(store, comment, only_within=True) == ("recorded", 4, True)
    assert await outbox.counts(store) == (0, 0)
    assert await told(store) == []
    feed, _ = await reading.read_feed(store, kit.SITE, {}, 9)
    assert [version for _, version in feed] == [2, 3, 4]


async def test_what_waits_behind_another_callback_is_held_back_all_the_same(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    await decide(store, comment, 2, hold_back_ms=LONG_MS)
    assert await told(store) == [2]
    await undo(store, comment)
    await decide(store, comment, 4, "approve")
    assert await told(store) == [5]


async def test_what_may_have_arrived_is_followed_by_how_it_stands(store: Store) -> None:
    for name, settled in (("1", "delivered"), ("2", "retry"), ("3", None), ("4", "dead")):
        (comment,) = await kit.decide(store, [kit.comment(store, name)])
        assert await told(store) == [2]
        await decide(store, comment, 2)
        (callback,) = await kit.callbacks(store)
        if settled:
            await kit.settle(store, callback, settled, delay_ms=0)
        assert await undo(store, comment) == ("recorded", 4, False)
        if settled is None:
            await kit.settle(store, callback)
        assert await told(store) == ([3, 4] if settled == "retry" else [4])


async def test_too_late_is_when_its_callback_is_held_back_no_more(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store, callback=None)])
    await decide(store, comment, 2)
    before = await kit.everything(store)
    assert await undo(store, comment, only_within=True) == ("too_late", 3, False)
    assert await kit.everything(store) == before
    await decide(store, comment, 3, "approve", hold_back_ms=LONG_MS)  # nobody to tell, but as long
    assert (await undo(store, comment, only_within=True))[0] == "recorded"


async def test_what_was_held_before_its_places_were_kept_comes_back_too(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    shard = store.shard(comment)
    await store.redis.hdel(f"{{s{shard}}}:m:{comment}", "sev", "wt", "gap", "lg")
    await decide(store, comment, 2)
    await undo(store, comment)
    for order in ORDERS:
        assert await kit.held_ids(store, order) == [comment]
    assert (await kit.state(store, comment))["sev"] == "0.9"


async def test_what_an_earlier_version_held_enters_every_order(store: Store) -> None:
    ids = [
        *await hold_three(store),
        *await kit.decide(store, [kit.comment(store, "4")], kit.unscored),
    ]
    before = await places(store)
    record = await surroundings.author_record(store, kit.SITE, f"{1:032x}")
    kinds = {"au", "auo"}
    for key in await kit.all_keys(store):
        if key.split(":")[1] in kinds or key.split(":")[1:3] in (["h", o] for o in ORDERS[3:]):
            await store.redis.delete(key)
    for comment in ids:
        await store.redis.hdel(f"{{s{store.shard(comment)}}}:m:{comment}", "sev", "wt", "gap")
    for _ in range(2):
        await keeping.complete_orders(store, kit.SITE)
        assert await places(store) == before
    assert await surroundings.author_record(store, kit.SITE, f"{1:032x}") == record
    assert (await kit.state(store, ids[3]))["gap"] == "1"


async def test_nothing_of_an_escalation_is_left_of_an_erased_comment(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    await claims.claim(store, kit.SITE, "p_ada", [comment], lease_ms=LONG_MS)
    await escalate(store, comment, 2)
    await claims.claim(store, kit.SITE, "p_ada", [comment], lease_ms=LONG_MS)
    await kit.erase(store, comment, 3)
    everything = await kit.everything(store)
    assert not [key for key, value in everything.items() if "please look" in value]
    assert not [key for key, value in everything.items() if "Ada L." in value]
    kinds = {key.split(":")[1] for key, value in everything.items() if comment in key + value}
    assert kinds == {"m", "e", "ev", "exp", "feed"}
    assert not {"esc", "lp", "lu"} & set(await kit.state(store, comment))
