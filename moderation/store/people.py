"""People's accounts: who they are and the hash of their password, in one hash a person.

What may be done with them is `services/people.py`; a password is never seen here, only its hash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moderation.domain.errors import ConflictError, LastAdminError, NotFoundError
from moderation.domain.people import Person, Role, name_key
from moderation.store import keys, log
from moderation.store.log import Actor
from moderation.store.store import Store, down_on_error

#: Ways in: by a password, by single sign-on.
BY_PASSWORD, BY_SIGN_ON = "p", "s"


@dataclass(frozen=True, slots=True)
class Account:
    """A person as stored. `password`: an argon2id hash, None before the first was chosen.

    `epoch` counts what ended all sessions before it; `made_at` and `last_in`, when they last signed
    in, are in milliseconds. `signs_on`: a provider vouches for them, and they have no password.
    """

    person: Person
    password: str | None = field(default=None, repr=False)
    epoch: int = 0
    made_at: int = 0
    last_in: int | None = None
    signs_on: bool = False


async def add(store: Store, person: Person, password: str | None, *, by: Actor) -> None:
    """Store a new person. Raises ConflictError when the name is taken."""
    fields = {**_fields(person), **({"pw": password} if password else {})}
    flat = [part for pair in fields.items() for part in pair]
    said = log.entry("person_added", by, **said_of(person))
    if not await store.run("person_add", 0, person.id, name_key(person.name), *said, *flat):
        raise ConflictError("somebody has this name already")


async def find(store: Store, person_id: str) -> Account | None:
    """Return a person's account, None for an id that nobody has."""
    async with down_on_error():
        raw = await store.redis.hgetall(keys.person(person_id))
    return read(person_id, raw) if raw else None


async def named(store: Store, name: str) -> Account | None:
    """Return the account of whoever has this name, None if nobody has."""
    async with down_on_error():
        person_id = await store.redis.hget(keys.PEOPLE, name_key(name))
    return await find(store, person_id) if person_id else None


async def listed(store: Store) -> list[Account]:
    """Return all accounts, by name."""
    async with down_on_error():
        ids = await store.redis.hvals(keys.PEOPLE)
    found = [await find(store, one) for one in ids]
    return sorted((one for one in found if one), key=lambda one: name_key(one.person.name))


async def set_role(store: Store, person_id: str, role: Role, *, by: Actor, ways: str) -> None:
    """Change what a person may do; running sessions follow at once.

    `ways`: those by which an administrator can sign in, `BY_…` after one another. Raises
    NotFoundError, LastAdminError where none would be left who can.
    """
    said = log.entry("role_changed", by, person=person_id, role=role.value)
    await _change(store, person_id, said, ways, ends_sessions=False, role=role.value)


async def set_sites(
    store: Store,
    person_id: str,
    sites: frozenset[str] | None,
    *,
    by: Actor,
    ways: str,
) -> None:
    """Change which sites a person sees, None for all; running sessions follow at once.

    Raises NotFoundError, LastAdminError as `set_role` does.
    """
    said = log.entry("sites_changed", by, person=person_id, sites=_listed(sites))
    await _change(store, person_id, said, ways, ends_sessions=False, sites=sites_field(sites))


async def set_active(store: Store, person_id: str, *, active: bool, by: Actor, ways: str) -> None:
    """Let a person in, or no longer; ends their sessions either way.

    Raises NotFoundError, LastAdminError as `set_role` does.
    """
    said = log.entry("person_enabled" if active else "person_disabled", by, person=person_id)
    await _change(store, person_id, said, ways, ends_sessions=True, active="1" if active else "0")


async def end_sessions(store: Store, person_id: str, *, by: Actor) -> None:
    """End all of a person's sessions. Raises NotFoundError."""
    said = log.entry("sessions_ended", by, person=person_id)
    await _change(store, person_id, said, "", ends_sessions=True)


async def _change(
    store: Store,
    person_id: str,
    said: tuple[str, str],
    ways: str,
    *,
    ends_sessions: bool,
    **fields: str,
) -> None:
    flat = [part for pair in fields.items() for part in pair]
    ends = "1" if ends_sessions else "0"
    changed = await store.run("person_set", 0, person_id, ends, ways, *said, *flat)
    if changed < 0:
        raise LastAdminError
    if not changed:
        raise NotFoundError("nobody has this id")


def read(person_id: str, raw: Mapping[str, str]) -> Account:
    """Return the account that a hash of the store is."""
    sites = json.loads(raw["sites"])
    person = Person(
        id=person_id,
        name=raw["name"],
        role=Role(raw["role"]),
        sites=None if sites is None else frozenset(sites),
        active=raw["active"] == "1",
    )
    last_in = int(raw["in"]) if "in" in raw else None
    epoch, made_at = int(raw.get("ep", "0")), int(raw["at"])
    return Account(person, raw.get("pw"), epoch, made_at, last_in, signs_on="sso" in raw)


def said_of(person: Person) -> dict[str, Any]:
    """Return what the log is told of a new person."""
    return {
        "person": person.id,
        "name": person.name,
        "role": person.role.value,
        "sites": _listed(person.sites),
    }


def sites_field(sites: frozenset[str] | None) -> str:
    """Return a person's sites as they are stored; the same sites are the same text."""
    return json.dumps(_listed(sites))


def _listed(sites: frozenset[str] | None) -> list[str] | None:
    return None if sites is None else sorted(sites)


def _fields(person: Person) -> dict[str, str]:
    return {
        "name": person.name,
        "role": person.role.value,
        "sites": sites_field(person.sites),
        "active": "1" if person.active else "0",
    }
