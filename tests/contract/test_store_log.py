"""The installation's log: written with the change, once, newest first."""

from __future__ import annotations

from moderation.domain.people import Person, Role
from moderation.domain.policy import parse_policy
from moderation.store import log, people, policies
from moderation.store.log import Actor
from moderation.store.store import Store

ADA = Person("p_" + "a" * 16, "ada", Role.MODERATOR)
BY = Actor("p_" + "b" * 16, "eve", "page")


async def test_what_changes_is_told_newest_first(store: Store) -> None:
    await people.add(store, ADA, "a password's hash", by=BY)
    await people.set_role(store, ADA.id, Role.ADMIN, by=BY)
    policy = parse_policy('name = "strict"\n[thresholds]\ntoxicity = 0.2')
    for _ in range(2):  # the same content changes nothing
        await policies.apply(store, policy, by=BY)
    entries, after = await log.read(store, None, 2)
    assert [(one["type"], one["actor"]) for one in entries] == [
        ("policy_applied", {"id": BY.id, "name": "eve", "via": "page"}),
        ("role_changed", {"id": BY.id, "name": "eve", "via": "page"}),
    ]
    assert (entries[0]["policy"], entries[0]["version"]) == ("strict", 1)
    rest, end = await log.read(store, after, 2)
    assert [one["type"] for one in rest] == ["person_added"]
    assert end is None
    assert "hash" not in str(entries + rest)


async def test_a_repeated_call_is_told_once(store: Store) -> None:
    await people.add(store, ADA, None, by=BY)
    said = log.entry("role_changed", BY, person=ADA.id, role="admin")
    for _ in range(2):  # as the client does when an answer was lost
        await store.run("person_set", 0, ADA.id, "0", *said, "role", "admin")
    assert len((await log.read(store, None, 10))[0]) == 2
