"""A password replaced by its owner: once, for the account as it was checked, ending all else."""

from __future__ import annotations

import asyncio

from moderation.domain.people import Person, Role
from moderation.store import log, people, sessions
from moderation.store.log import SERVICE, Actor
from moderation.store.sessions import NewSession
from moderation.store.store import Store
from tests.contract import store_kit as kit

ADA = Person("p_" + "a" * 16, "ada", Role.VIEWER)
BY = Actor(ADA.id, ADA.name, "page")
HOUR_MS = 3_600_000


async def change(store: Store, known: str, new: str, token: str) -> bool:
    session = NewSession(token, HOUR_MS)
    return await sessions.set_password(store, ADA.id, known, new, session, by=BY)


async def test_everything_before_it_ends(store: Store) -> None:
    await people.add(store, ADA, "old", by=SERVICE)
    account = await people.find(store, ADA.id)
    assert account
    assert await sessions.begin(store, account, NewSession("before", HOUR_MS))
    await sessions.offer(store, ADA.id, "code", HOUR_MS, by=SERVICE)
    assert await change(store, "old", "new", "after")
    changed = await people.find(store, ADA.id)
    assert changed
    assert (changed.password, changed.epoch) == ("new", 1)
    assert await sessions.find(store, "before") is None
    assert not await sessions.is_offered(store, ADA.id, "code")
    assert await sessions.find(store, "after")
    (newest, *_), _ = await log.read(store, None, 9)
    assert (newest["type"], newest["person"], newest["actor"]["via"]) == (
        "password_changed",
        ADA.id,
        "page",
    )
    assert "new" not in str({**newest, "type": ""})


async def test_of_many_at_once_one_counts_and_may_be_sent_again(store: Store) -> None:
    await people.add(store, ADA, "old", by=SERVICE)
    changed = await asyncio.gather(*(change(store, "old", f"new-{n}", f"t{n}") for n in range(5)))
    assert changed.count(True) == 1
    winner = changed.index(True)
    account = await people.find(store, ADA.id)
    assert account
    assert account.password == f"new-{winner}"
    assert await change(store, "old", f"new-{winner}", f"t{winner}")
    assert await people.find(store, ADA.id) == account


async def test_nothing_changes_for_who_was_disabled_or_has_none(store: Store) -> None:
    await people.add(store, ADA, "old", by=SERVICE)
    assert not await change(store, "other", "new", "t1")
    await people.set_active(store, ADA.id, active=False, by=SERVICE, ways=kit.EVERY_WAY)
    assert not await change(store, "old", "new", "t1")
    account = await people.find(store, ADA.id)
    assert account
    assert account.password == "old"
    assert await sessions.find(store, "t1") is None
