"""What stands around a comment: an author's record is exact, and goes with what it is made of."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from moderation.domain.comment import Author, Context, keyed_hash
from moderation.store import intake, keeping, surroundings
from moderation.store.intake import NewComment
from moderation.store.store import Store
from moderation.store.surroundings import AuthorRecord
from tests.contract import store_kit as kit
from tests.contract.test_store_undoing import escalate, undo

ADA, BEA = "a" * 32, "b" * 32
KINDS = {"au", "auo", "aur", "ar", "th"}


def comment(
    store: Store, name: str, text: str = "a fine day", author: str = ADA, **context: str
) -> NewComment:
    new = kit.comment(store, name, text, callback=None)
    said = replace(new.submission, author=Author(id=author), context=Context(**context))
    return replace(new, submission=said)


async def counts(store: Store, author: str = ADA) -> tuple[int, int, int]:
    found = await surroundings.author_record(store, kit.SITE, author)
    return found.posted, found.approved, found.rejected


async def indexes(store: Store) -> set[str]:
    """Return the kinds of indexes that there are."""
    return KINDS & {key.split(":")[1] for key in await kit.all_keys(store)}


async def sweep(store: Store, comments: list[str]) -> None:
    """Let go of what is due of comments, as if its time had come."""
    for one in comments:
        await store.redis.zadd(f"{{s{store.shard(one)}}}:exp", {one: 1}, xx=True)
    for shard in range(store.shards):
        await keeping.sweep(store, shard, 1000, 0)


async def test_a_record_counts_what_stands_now(store: Store) -> None:
    rules = [kit.held, kit.approved, kit.unscored]
    new = [comment(store, str(n)) for n in range(9)]
    rule_of = {one.id: rules[at % 3] for at, one in enumerate(new)}
    await kit.accept(store, *new, comment(store, "other", author=BEA))
    assert await counts(store) == (9, 0, 0)
    for job in await kit.take(store):
        await kit.record(store, [rule_of.get(job.comment, kit.approved)(job)])
    assert await counts(store) == (9, 3, 0)
    assert await counts(store, BEA) == (1, 1, 0)
    assert await counts(store, "c" * 32) == (0, 0, 0)
    ids = [one.id for one in new]
    await kit.resolve(store, kit.says(ids[0], 2, "reject"))
    await kit.resolve(store, kit.says(ids[1], 2, "reject"))
    assert await counts(store) == (9, 2, 2)
    await kit.resolve(store, kit.says(ids[0], 3, "approve"))
    await kit.resolve(store, kit.says(ids[1], 3, "hold"))
    assert await counts(store) == (9, 3, 0)
    await intake.edit(store, comment(store, "4", "a rainy day"), 600)
    assert await counts(store) == (9, 2, 0)
    await intake.edit(store, comment(store, "4", "a windy day", author=BEA), 600)
    assert (await counts(store), await counts(store, BEA)) == ((8, 2, 0), (2, 1, 0))


async def test_a_record_is_right_after_anything_in_any_order(store: Store) -> None:
    dice = random.Random(7)
    new = [comment(store, str(n)) for n in range(12)]
    rules = {one.id: dice.choice([kit.held, kit.approved]) for one in new}
    await kit.decide(store, new, lambda job: rules[job.comment](job))
    for _ in range(60):
        chosen = dice.choice(new).id
        state = await kit.state(store, chosen)
        match dice.randrange(4):
            case 0:
                await escalate(store, chosen, int(state["ver"]))
            case 1 if state.get("by") == "person" or "esc" in state:
                await undo(store, chosen)
            case _:
                decision = dice.choice(["approve", "reject", "hold"])
                said = kit.says(chosen, int(state["ver"]), decision, person="p_ada")
                await kit.resolve(store, said)
        stand = [(await kit.state(store, one.id))["d"] for one in new]
        assert await counts(store) == (12, stand.count("approve"), stand.count("reject"))


async def test_the_newest_come_first_over_all_shards(store: Store) -> None:
    ids = [
        (await kit.decide(store, [comment(store, str(n), article_id="a1")]))[0] for n in range(9)
    ]
    received = {one: int((await kit.state(store, one))["rcv"]) for one in ids}
    expected = sorted(ids, key=lambda one: (received[one], one), reverse=True)
    article = keyed_hash(store.secret, "article", kit.SITE, "a1")
    for index, hashed in (("au", ADA), ("ar", article)):
        assert await surroundings.newest(store, index, kit.SITE, hashed, 99) == expected
        assert await surroundings.newest(store, index, kit.SITE, hashed, 4) == expected[:4]
        assert await surroundings.newest(store, index, "blog", hashed, 4) == []


async def test_answers_are_found_by_what_they_answer(store: Store) -> None:
    ids = await kit.decide(store, [comment(store, n, parent_id="p1") for n in "12"])
    await kit.decide(store, [comment(store, "3", parent_id="p2"), comment(store, "4")])
    parent = intake.parent_hash(store, kit.SITE, "p1")
    assert sorted(await surroundings.newest(store, "th", kit.SITE, parent, 9)) == sorted(ids)
    await intake.edit(store, comment(store, "1", "a rainy day", parent_id="p2"), 600)
    assert await surroundings.newest(store, "th", kit.SITE, parent, 9) == ids[1:]


async def test_an_erased_comment_is_under_nobody(store: Store) -> None:
    ids = await kit.decide(store, [comment(store, n, article_id="a", parent_id="p") for n in "12"])
    await kit.resolve(store, kit.says(ids[0], 2, "reject"))
    assert await indexes(store) == KINDS
    await kit.erase(store, ids[0], 3)
    assert await counts(store) == (1, 0, 0)
    await kit.erase(store, ids[1], 2)
    assert await indexes(store) == set()


async def test_what_is_kept_no_longer_is_found_no_more(store: Store) -> None:
    ids = await kit.decide(store, [comment(store, n, article_id="a", parent_id="p") for n in "12"])
    await kit.resolve(store, kit.says(ids[0], 2, "reject"))
    await kit.resolve(store, kit.says(ids[1], 2, "approve"))
    await sweep(store, ids)
    assert await indexes(store) == {"au", "aur"}  # the texts are gone, the records are not
    assert await counts(store) == (2, 1, 1)
    await sweep(store, ids)
    assert await counts(store) == (0, 0, 0)
    assert await indexes(store) == set()


@pytest.mark.parametrize("decision", ["approve", "reject"])
async def test_what_was_there_before_records_were_kept_is_counted_from_its_next_decision(
    store: Store, decision: str
) -> None:
    old, new = await kit.decide(store, [comment(store, "1"), comment(store, "2")])
    for key in await kit.all_keys(store):
        if key.split(":")[1] in KINDS:
            await store.redis.zrem(key, old)
    assert await counts(store) == (1, 0, 0)
    await kit.resolve(store, kit.says(old, 2, decision))
    approved = int(decision == "approve")
    assert await surroundings.author_record(store, kit.SITE, ADA) == AuthorRecord(
        2, approved, 1 - approved
    )
    assert new in await surroundings.newest(store, "au", kit.SITE, ADA, 9)
