"""Sign-ins that wait for a provider, and accounts that it vouches for: on every kind of server."""

from __future__ import annotations

import asyncio

import pytest

from moderation.domain.errors import LastAdminError
from moderation.domain.people import Person, Role
from moderation.store import log, people, sessions, sign_on
from moderation.store.log import SERVICE, Actor
from moderation.store.sessions import NewSession
from moderation.store.sign_on import Pending
from moderation.store.store import Store
from tests.contract import store_kit as kit
from tests.service_kit import until

HOUR_MS = 3_600_000
BY = Actor("provider", "https://id.example", "sign-on")
PENDING = Pending("browser", "nonce", "verifier", "http://localhost/login/oidc/return", "/")
ADA = Person("p_" + "a" * 16, "", Role.MODERATOR, frozenset({"news"}))
WHO = "who-ada-is"


async def enter(
    store: Store, person: Person = ADA, token: str = "t1", *names: str, who: str = WHO
) -> bool:
    session = NewSession(token, HOUR_MS)
    return await sign_on.sign_on(store, person, who, names or ("Ada", "Ada (2)"), session, by=BY)


async def told(store: Store) -> list[str]:
    entries, _ = await log.read(store, None, 20)
    return [one["type"] for one in entries]


async def test_a_sign_in_is_taken_once(store: Store) -> None:
    await sign_on.begin(store, "state", PENDING, HOUR_MS)
    assert await sign_on.take(store, "other") is None
    taken = await asyncio.gather(*(sign_on.take(store, "state") for _ in range(5)))
    assert sorted(taken, key=str) == [*[None] * 4, PENDING]
    assert not any("}:pnd" in key for key in await kit.all_keys(store))


async def test_a_sign_in_is_over_after_its_time_and_no_state_is_stored(store: Store) -> None:
    await sign_on.begin(store, "the-state", PENDING, 300)
    kept = [f"{key} {held}" for key, held in (await kit.everything(store)).items()]
    assert any(sessions.digest("the-state") in one for one in kept)
    assert not any("the-state" in one for one in kept)

    async def is_over() -> bool:
        return not any("}:pnd" in key for key in await kit.all_keys(store))

    await until(is_over)
    assert await sign_on.take(store, "the-state") is None


async def test_the_oldest_sign_in_gives_way(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_on, "MOST_PENDING", 2)
    for state in ("one", "two", "three"):
        await sign_on.begin(store, state, PENDING, HOUR_MS)
        await asyncio.sleep(0.005)  # its place in the order is a millisecond
    assert await sign_on.take(store, "one") is None
    assert await sign_on.take(store, "two") == PENDING
    assert await sign_on.take(store, "three") == PENDING


async def test_an_account_is_made_once_and_changed_where_it_differs(store: Store) -> None:
    for _ in range(2):  # asked again after a lost answer
        assert await enter(store)
    account = await people.find(store, ADA.id)
    assert account
    assert account.person == Person(ADA.id, "Ada", Role.MODERATOR, frozenset({"news"}))
    assert (account.signs_on, account.password, account.epoch) == (True, None, 0)
    assert account.last_in
    assert await told(store) == ["person_added"]
    assert await enter(store, Person(ADA.id, "", Role.ADMIN, None), "t2")
    assert await told(store) == ["sites_changed", "role_changed", "person_added"]
    for token in ("t1", "t2"):
        found = await sessions.find(store, token)
        assert found
        assert (found[0].person.role, found[0].person.sites) == (Role.ADMIN, None)


async def test_nobody_s_name_is_taken_over(store: Store) -> None:
    local = Person("p_" + "b" * 16, "ADA", Role.ADMIN)
    await people.add(store, local, "hash", by=SERVICE)
    assert await enter(store)
    found = await people.listed(store)
    assert [one.person.name for one in found] == ["ADA", "Ada (2)"]
    assert found[0].person == local
    full = Person("p_" + "c" * 16, "", Role.VIEWER)
    assert not await enter(store, full, "t2", "Ada", "Ada (2)", who="who-else")
    assert await people.find(store, full.id) is None


async def test_a_local_account_s_id_is_not_taken_over(store: Store) -> None:
    await people.add(store, Person(ADA.id, "Ada L.", Role.VIEWER), "hash", by=SERVICE)
    assert not await enter(store)
    account = await people.find(store, ADA.id)
    assert account
    assert (account.person.role, account.signs_on) == (Role.VIEWER, False)
    assert await sessions.find(store, "t1") is None


async def test_a_disabled_account_stays_out_whatever_its_groups(store: Store) -> None:
    assert await enter(store)
    await people.set_active(store, ADA.id, active=False, by=SERVICE, ways=kit.EVERY_WAY)
    assert not await enter(store, Person(ADA.id, "", Role.ADMIN), "t2")
    account = await people.find(store, ADA.id)
    assert account
    assert account.person.role is Role.MODERATOR
    assert await sessions.find(store, "t2") is None


async def test_who_somebody_is_depends_on_issuer_subject_and_secret(store: Store) -> None:
    known = sign_on.identity(store, "https://id.example", "ada")
    assert known == sign_on.identity(store, "https://id.example", "ada")
    others = {
        sign_on.identity(store, "https://other.example", "ada"),
        sign_on.identity(store, "https://id.example", "eve"),
        sign_on.identity(store, "https://id.example\nada", ""),
        sign_on.identity(
            Store(store.clients, store.shards, b"another"), "https://id.example", "ada"
        ),
    }
    assert len(others | {known}) == 5


async def test_a_way_in_that_is_closed_makes_nobody_an_admin(store: Store) -> None:
    by_password = Person("p_" + "e" * 16, "local", Role.ADMIN)
    await people.add(store, by_password, "hash", by=SERVICE)
    assert await enter(store, Person(ADA.id, "", Role.ADMIN))
    with pytest.raises(LastAdminError):
        await people.set_active(store, ADA.id, active=False, by=SERVICE, ways=people.BY_SIGN_ON)
    with pytest.raises(LastAdminError):
        await people.set_role(
            store, by_password.id, Role.VIEWER, by=SERVICE, ways=people.BY_PASSWORD
        )
    await people.set_active(store, ADA.id, active=False, by=SERVICE, ways=people.BY_PASSWORD)


async def test_the_last_admin_who_can_sign_in_stays_one(store: Store) -> None:
    first, second = (Person(f"p_{n:016}", f"chief {n}", Role.ADMIN) for n in range(2))
    await people.add(store, first, "hash", by=SERVICE)
    await people.add(store, second, None, by=SERVICE)  # invited only
    bound = Person("p_" + "d" * 16, "of some sites", Role.ADMIN, frozenset({"news"}))
    await people.add(store, bound, "hash", by=SERVICE)
    for locked_out in (
        people.set_active(store, first.id, active=False, by=SERVICE, ways=kit.EVERY_WAY),
        people.set_role(store, first.id, Role.MODERATOR, by=SERVICE, ways=kit.EVERY_WAY),
        people.set_sites(store, first.id, frozenset({"news"}), by=SERVICE, ways=kit.EVERY_WAY),
    ):
        with pytest.raises(LastAdminError):
            await locked_out
    account = await people.find(store, first.id)
    assert account
    assert (account.person, account.epoch) == (first, 0)
    await people.set_active(store, second.id, active=False, by=SERVICE, ways=kit.EVERY_WAY)
    await people.set_active(store, bound.id, active=False, by=SERVICE, ways=kit.EVERY_WAY)
    assert await enter(store, Person(ADA.id, "", Role.ADMIN))
    both = await asyncio.gather(  # each could go because of the other; one of them stays
        people.set_active(store, first.id, active=False, by=SERVICE, ways=kit.EVERY_WAY),
        people.set_active(store, ADA.id, active=False, by=SERVICE, ways=kit.EVERY_WAY),
        return_exceptions=True,
    )
    assert [type(one) for one in both].count(LastAdminError) == 1
