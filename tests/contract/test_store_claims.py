"""Claims: one person has a held comment at a time, and only for a time."""

from __future__ import annotations

import asyncio

import pytest

from moderation.store import claims, intake, reading
from moderation.store.reading import Condition
from moderation.store.store import Store
from moderation.store.tail import Happening, Tail
from tests.contract import store_kit as kit

LONG_MS = 600_000


async def claim(
    store: Store, person: str, ids: list[str], lease_ms: int = LONG_MS, **options: bool
) -> list[str]:
    theirs = await claims.claim(store, kit.SITE, person, ids, lease_ms=lease_ms, **options)
    return [one for one in ids if one in theirs]


async def listed(store: Store, test: str, person: str) -> list[str]:
    """Return what is held and, to a person, `free` or `held`."""
    indexes = reading.held_indexes(store, kit.SITE, "age", None)
    found, after = await reading.page(store, indexes, None, 99, [Condition("lp", test, person)])
    assert after is None
    return found


async def hold(store: Store, count: int) -> list[str]:
    await kit.decide(store, [kit.comment(store, str(n)) for n in range(count)])
    return await kit.held_ids(store, "age")


async def test_what_one_has_is_shown_to_nobody_else(store: Store) -> None:
    ids = await hold(store, 6)
    assert await claim(store, "ada", ids[:4]) == ids[:4]
    assert await claim(store, "bob", ids[2:]) == ids[4:]
    assert await listed(store, "free", "ada") == await listed(store, "held", "ada") == ids[:4]
    assert await listed(store, "free", "cyd") == []
    assert await claim(store, "ada", ids) == ids[:4]  # again: the same, for longer


async def test_of_many_who_ask_at_once_one_has_each(store: Store) -> None:
    ids = await hold(store, 12)
    answers = await asyncio.gather(*(claim(store, f"p{n}", ids) for n in range(10)))
    assert sorted(one for answer in answers for one in answer) == sorted(ids)


async def test_a_claim_lapses_by_the_servers_clock(store: Store) -> None:
    ids = await hold(store, 2)
    assert await claim(store, "ada", ids, lease_ms=0) == ids
    assert await listed(store, "held", "ada") == []
    assert await listed(store, "free", "bob") == ids
    assert (
        await claim(store, "ada", ids[:1], renewal=True) == ids[:1]
    )  # late, but nobody else has it
    assert await claim(store, "bob", ids) == ids[1:]
    assert await claim(store, "ada", ids, renewal=True) == ids[:1]
    assert await claim(store, "cyd", ids, renewal=True) == []


async def test_what_is_given_back_is_free(store: Store) -> None:
    ids = await hold(store, 2)
    await claim(store, "ada", ids)
    await claims.release(store, kit.SITE, "bob", ids)  # not his to give
    await claims.release(store, "blog", "ada", ids)
    assert await listed(store, "held", "ada") == ids
    await claims.release(store, kit.SITE, "ada", [ids[0], "c_unknown"])
    assert await listed(store, "free", "bob") == ids[:1]
    assert await claim(store, "ada", ids[:1], renewal=True) == []
    state = await kit.state(store, ids[0])
    assert not {"lp", "lu", "lf"} & set(state)


async def test_only_a_sites_own_held_comments_can_be_claimed(store: Store) -> None:
    (approved,) = await kit.decide(store, [kit.comment(store, "1")], kit.approved)
    (queued,) = [one.id for one in await kit.accept(store, kit.comment(store, "2"))]
    (other,) = await _elsewhere(store)
    assert await claim(store, "ada", [approved, queued, other, "c_unknown"]) == []
    assert not [key for key in await kit.all_keys(store) if "unknown" in key]


async def _elsewhere(store: Store) -> list[str]:
    new = kit.comment(store, "3", site="blog")
    await kit.accept(store, new)
    jobs = [job for job in await kit.take(store) if job.comment == new.id]
    await kit.record(store, [kit.held(job) for job in jobs])
    return [new.id]


@pytest.mark.parametrize("how", ["decided", "edited", "erased"])
async def test_a_claim_ends_with_what_it_was_made_on(store: Store, how: str) -> None:
    (comment,) = await hold(store, 1)
    await claim(store, "ada", [comment])
    if how == "decided":
        await kit.resolve(store, kit.says(comment, 2, "reject", person="bob"))
        await kit.resolve(store, kit.says(comment, 3, "hold", person="bob"))
    elif how == "edited":
        await intake.edit(store, kit.comment(store, "0", "a rainy day"), 600)
        await kit.record(store, [kit.held(job) for job in await kit.take(store)])
    else:
        await kit.erase(store, comment, 2)
    assert not {"lp", "lu", "lf"} & set(await kit.state(store, comment))
    assert await claim(store, "ada", [comment], renewal=True) == []
    assert await claim(store, "cyd", [comment]) == ([comment] if how != "erased" else [])


async def test_a_score_that_comes_late_takes_a_comment_out_of_nobodys_hands(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.unscored)
    await claim(store, "ada", [comment])
    await kit.requeue(store)
    await kit.record(store, [kit.held(job) for job in await kit.take(store)])
    assert await listed(store, "held", "ada") == [comment]


async def test_who_follows_hears_of_claims_once_and_no_name(store: Store) -> None:
    name = kit.names_on(store, 0, 1)[0]
    (comment,) = await kit.decide(store, [kit.comment(store, name)])
    tail = Tail(store, 0)
    await tail.start()
    for _ in range(3):
        await claim(store, "p_ada", [comment])
    await claims.release(store, kit.SITE, "p_ada", [comment])
    assert await tail.next(1) == [
        Happening(comment, 2, "news", "claimed", "p_ada"),
        Happening(comment, 2, "news", "released", "p_ada"),
    ]
