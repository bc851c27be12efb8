"""Accounts, sessions, one-time codes and counted attempts: on every kind of server."""

from __future__ import annotations

import asyncio
import time

import pytest

from moderation.domain.errors import ConflictError, NotFoundError
from moderation.domain.people import Person, Role
from moderation.store import people, sessions
from moderation.store.log import SERVICE
from moderation.store.sessions import NewSession
from moderation.store.store import Store
from tests.contract import store_kit as kit
from tests.service_kit import until

ADA = Person("p_" + "a" * 16, "Ada L.", Role.MODERATOR, frozenset({"news"}))
EVE = Person("p_" + "e" * 16, "Eve", Role.ADMIN)
HOUR_MS = 3_600_000


def session(token: str = "t1", life_ms: int = HOUR_MS) -> NewSession:
    return NewSession(token, life_ms)


async def begin(store: Store, token: str = "t1", life_ms: int = HOUR_MS) -> None:
    account = await people.find(store, ADA.id)
    assert account
    assert await sessions.begin(store, account, session(token, life_ms))


async def test_an_account_is_found_by_id_and_by_any_spelling_of_its_name(store: Store) -> None:
    await people.add(store, ADA, "hash-a", by=SERVICE)
    await people.add(store, EVE, None, by=SERVICE)
    found = await people.find(store, ADA.id)
    assert found
    assert (found.person, found.password, found.epoch) == (ADA, "hash-a", 0)
    assert abs(found.made_at - time.time() * 1000) < 60_000
    assert await people.named(store, " ada  L. ") == found
    assert await people.named(store, "ada") is None
    assert await people.find(store, "p_nobody") is None
    assert [one.person for one in await people.listed(store)] == [ADA, EVE]


async def test_a_name_is_one_person_s(store: Store) -> None:
    several = [Person(f"p_{n:016}", "ADA L.", Role.VIEWER) for n in range(5)]
    added = await asyncio.gather(
        *(people.add(store, one, None, by=SERVICE) for one in several), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in added) == ["ConflictError"] * 4 + ["NoneType"]
    (only,) = await people.listed(store)
    await people.add(store, only.person, None, by=SERVICE)  # the same again is the same
    assert await people.listed(store) == [only]
    with pytest.raises(ConflictError):
        await people.add(store, ADA, None, by=SERVICE)


async def test_nobody_can_be_changed_only_if_there_is_somebody(store: Store) -> None:
    for change in (
        people.set_role(store, "p_nobody", Role.ADMIN, by=SERVICE, ways=kit.EVERY_WAY),
        people.set_active(store, "p_nobody", active=True, by=SERVICE, ways=kit.EVERY_WAY),
        people.end_sessions(store, "p_nobody", by=SERVICE),
    ):
        with pytest.raises(NotFoundError):
            await change
    assert await people.find(store, "p_nobody") is None


async def test_a_session_is_of_a_person_as_they_are_now(store: Store) -> None:
    await people.add(store, ADA, None, by=SERVICE)
    await begin(store)
    found = await sessions.find(store, "t1")
    assert found
    assert found[0].person == ADA
    assert 0 < found[1] - time.time() * 1000 - HOUR_MS + 60_000 < 120_000
    await people.set_role(store, ADA.id, Role.VIEWER, by=SERVICE, ways=kit.EVERY_WAY)
    now = await sessions.find(store, "t1")
    assert now
    assert (now[0].person.role, now[1]) == (Role.VIEWER, found[1])
    assert await sessions.find(store, "t2") is None
    await sessions.end(store, "t1")
    assert await sessions.find(store, "t1") is None


async def test_neither_a_token_nor_a_code_is_stored(store: Store) -> None:
    await people.add(store, ADA, None, by=SERVICE)
    await begin(store, "the-token")
    await sessions.offer(store, ADA.id, "the-code", HOUR_MS, by=SERVICE)
    kept = [f"{key} {held}" for key, held in (await kit.everything(store)).items()]
    assert any(sessions.digest("the-token") in one for one in kept)
    assert any(sessions.digest("the-code") in one for one in kept)
    assert not any("the-token" in one or "the-code" in one for one in kept)


async def test_revoking_disabling_and_enabling_end_every_session(store: Store) -> None:
    await people.add(store, ADA, None, by=SERVICE)
    for number, change in enumerate(
        (
            people.end_sessions(store, ADA.id, by=SERVICE),
            people.set_active(store, ADA.id, active=False, by=SERVICE, ways=kit.EVERY_WAY),
            people.set_active(store, ADA.id, active=True, by=SERVICE, ways=kit.EVERY_WAY),
        )
    ):
        first, second = f"{number}-1", f"{number}-2"
        if number != 2:
            await begin(store, first)
            await begin(store, second)
        await change
        assert await sessions.find(store, first) is None
        assert await sessions.find(store, second) is None
    await begin(store, "again")
    assert await sessions.find(store, "again")
    for number in range(2):  # what ended stays ended
        assert await sessions.find(store, f"{number}-1") is None


async def test_no_session_begins_for_who_was_revoked_or_disabled_meanwhile(store: Store) -> None:
    await people.add(store, ADA, None, by=SERVICE)
    for change in (
        people.end_sessions(store, ADA.id, by=SERVICE),
        people.set_active(store, ADA.id, active=False, by=SERVICE, ways=kit.EVERY_WAY),
    ):
        before = await people.find(store, ADA.id)
        assert before
        await change
        assert not await sessions.begin(store, before, session())
        assert await sessions.find(store, "t1") is None


async def test_a_session_begun_twice_is_one_and_is_not_prolonged(store: Store) -> None:
    await people.add(store, ADA, None, by=SERVICE)
    await begin(store)
    found = await sessions.find(store, "t1")
    await begin(store, life_ms=9 * HOUR_MS)
    assert await sessions.find(store, "t1") == found


async def test_a_session_ends_by_the_server_s_clock(store: Store) -> None:
    await people.add(store, ADA, None, by=SERVICE)
    await begin(store, life_ms=50)

    async def is_over() -> bool:
        return await sessions.find(store, "t1") is None

    await until(is_over)


async def test_a_code_is_used_up_by_one_of_many(store: Store) -> None:
    await people.add(store, ADA, "old", by=SERVICE)
    await begin(store, "before")
    await sessions.offer(store, ADA.id, "code", HOUR_MS, by=SERVICE)
    assert await sessions.is_offered(store, ADA.id, "code")
    assert await sessions.is_offered(store, ADA.id, "code")  # to look is not to use
    assert not await sessions.is_offered(store, ADA.id, "other")
    assert not await sessions.redeem(store, ADA.id, "other", "new", session("wrong"), by=SERVICE)
    redeemed = await asyncio.gather(
        *(
            sessions.redeem(store, ADA.id, "code", f"new-{n}", session(f"t{n}"), by=SERVICE)
            for n in range(5)
        )
    )
    assert redeemed.count(True) == 1
    winner = redeemed.index(True)
    account = await people.find(store, ADA.id)
    assert account
    assert account.password == f"new-{winner}"
    assert await sessions.find(store, "before") is None
    opened = [await sessions.find(store, f"t{n}") is not None for n in range(5)]
    assert opened == redeemed
    # Asked again after a lost answer, it is the same.
    assert await sessions.redeem(
        store, ADA.id, "code", f"new-{winner}", session(f"t{winner}"), by=SERVICE
    )
    assert await people.find(store, ADA.id) == account


async def test_the_newest_code_counts_and_none_after_its_time(store: Store) -> None:
    await people.add(store, ADA, None, by=SERVICE)
    await sessions.offer(store, ADA.id, "first", HOUR_MS, by=SERVICE)
    await sessions.offer(store, ADA.id, "second", HOUR_MS, by=SERVICE)
    assert not await sessions.redeem(store, ADA.id, "first", "new", session(), by=SERVICE)
    await sessions.offer(store, ADA.id, "short", 50, by=SERVICE)

    async def is_over() -> bool:
        return not await sessions.is_offered(store, ADA.id, "short")

    await until(is_over)
    assert not await sessions.redeem(store, ADA.id, "short", "new", session(), by=SERVICE)


async def test_a_disabled_person_s_code_opens_nothing(store: Store) -> None:
    await people.add(store, ADA, None, by=SERVICE)
    await sessions.offer(store, ADA.id, "code", HOUR_MS, by=SERVICE)
    await people.set_active(store, ADA.id, active=False, by=SERVICE, ways=kit.EVERY_WAY)
    assert not await sessions.redeem(store, ADA.id, "code", "new", session(), by=SERVICE)


async def count(store: Store, name: str, client: str, window_ms: int = HOUR_MS) -> int:
    tried = sessions.attempt(store, name, client)
    return await sessions.count(store, tried, by_name=3, by_client=5, window_ms=window_ms)


async def test_attempts_are_counted_by_name_and_by_client(store: Store) -> None:
    assert [await count(store, "ada", f"10.0.0.{n}") for n in range(3)] == [0, 0, 0]
    assert 0 < await count(store, "ada", "10.0.0.9") <= HOUR_MS
    assert await count(store, "eve", "10.0.0.9") == 0
    for number in range(4):
        assert await count(store, f"name-{number}", "10.0.0.9") == 0
    stopped = await store.redis.dbsize() if store.shards == 1 else 0
    assert await count(store, "another", "10.0.0.9") > 0
    if store.shards == 1:  # a client that is stopped makes no more keys
        assert await store.redis.dbsize() == stopped


async def test_a_success_is_not_counted_and_clears_the_name(store: Store) -> None:
    tried = sessions.attempt(store, "ada", "10.0.0.1")
    for _ in range(20):
        assert await count(store, "ada", "10.0.0.1") == 0
        await sessions.uncount(store, tried)
    await sessions.uncount(store, tried)  # one too many leaves nothing below zero
    assert [await count(store, f"n{n}", "10.0.0.1") for n in range(5)] == [0] * 5
    assert await count(store, "n6", "10.0.0.1") > 0


async def test_a_window_ends_and_takes_its_keys_with_it(store: Store) -> None:
    assert [await count(store, "ada", "10.0.0.1", 3000) for _ in range(3)] == [0, 0, 0]
    assert await count(store, "ada", "10.0.0.1", 3000) in range(1, 3001)

    async def is_open() -> bool:
        return not any("}:try:" in key for key in await kit.all_keys(store))

    await until(is_open)
    assert await count(store, "ada", "10.0.0.1") == 0


async def test_however_many_names_are_tried_the_keys_are_bounded_and_tell_nothing(
    store: Store,
) -> None:
    made = {sessions.attempt(store, f"name-{n}", "10.0.0.1").name for n in range(100_000)}
    assert len(made) <= 65_536
    assert all(len(one) == len("n:ffff") for one in made)
    assert sessions.attempt(store, "ada", "10.0.0.1") == sessions.attempt(store, "ada", "10.0.0.1")
    elsewhere = Store(store.clients, store.shards, b"another secret")
    several = [f"name-{n}" for n in range(8)]
    assert [sessions.attempt(store, one, "c") for one in several] != [
        sessions.attempt(elsewhere, one, "c") for one in several
    ]
