"""A way in that is closed opens no session that it began, and counts for no last admin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from moderation.domain.errors import InvalidError, LastAdminError, WrongPasswordError
from moderation.domain.people import Person, Role
from moderation.services.first_admin import first_link
from moderation.services.passwords import Passwords
from moderation.services.people import People
from moderation.store import people, sign_on
from moderation.store.log import SERVICE
from tests.web.kit import Service, settings

PASSWORD = "a long enough one"
OIDC = {"issuer": "https://id.example", "client_id": "page"}


def accounts(service: Service, **oidc: Any) -> People:
    """The accounts as a process sees them that was started with these settings."""
    chosen: Mapping[str, Any] = {"oidc": {**OIDC, **oidc}} if oidc else {}
    hasher = Passwords(PasswordHasher.from_parameters(CHEAPEST))
    return People(service.store, settings(chosen), hasher)


async def vouched_for(service: Service, role: Role) -> tuple[str, str]:
    """Somebody who signed in by the provider: their id and their session."""
    session = accounts(service).sessions.new()
    who = Person("p_" + "5" * 16, "Sam", role)
    known = sign_on.identity(service.store, OIDC["issuer"], "sam")
    assert await sign_on.sign_on(service.store, who, known, ["Sam"], session, by=SERVICE)
    return who.id, session.token


async def test_a_session_ends_when_its_way_in_is_closed(idle: Service) -> None:
    before = accounts(idle)
    tokens = {}
    for role in (Role.MODERATOR, Role.ADMIN):
        await before.add(role.value, role, None, PASSWORD, by=SERVICE)
        tokens[role] = (await before.sign_in(role.value, PASSWORD, client="::1")).token
    admins, nobody = (accounts(idle, passwords=who) for who in ("admins", "nobody"))
    opened = {role: await admins.sessions.find(token) for role, token in tokens.items()}
    assert opened[Role.MODERATOR] is None
    assert opened[Role.ADMIN]
    assert await nobody.sessions.find(tokens[Role.ADMIN]) is None
    assert await before.sessions.find(tokens[Role.MODERATOR]), "it is open again"


async def test_without_a_provider_nobody_is_there_by_it(idle: Service) -> None:
    _, token = await vouched_for(idle, Role.MODERATOR)
    assert await accounts(idle, passwords="admins").sessions.find(token)
    assert await accounts(idle).sessions.find(token) is None


async def test_a_first_link_is_made_where_the_only_admin_can_no_longer_sign_in(
    idle: Service,
) -> None:
    await vouched_for(idle, Role.ADMIN)
    assert await first_link(accounts(idle, passwords="admins"), 1) is None
    gone = await accounts(idle).add("admin", Role.ADMIN, None, PASSWORD, by=SERVICE)
    await accounts(idle, passwords="admins").set_active(gone.id, active=False, by=SERVICE)
    code = await first_link(accounts(idle), 1)
    assert code
    assert await accounts(idle).redeem(code, PASSWORD)


async def test_somebody_else_by_the_provider_is_no_reason_against_a_first_link(
    idle: Service,
) -> None:
    await vouched_for(idle, Role.VIEWER)
    some = accounts(idle, passwords="admins")
    code = await first_link(some, 1)
    assert code
    assert (await some.redeem(code, PASSWORD)).person.manages_people
    assert await first_link(accounts(idle, passwords="nobody"), 1) is None


async def test_the_last_admin_by_an_open_way_stays_one(idle: Service) -> None:
    person_id, _ = await vouched_for(idle, Role.ADMIN)
    await accounts(idle).add("local", Role.ADMIN, None, PASSWORD, by=SERVICE)
    with pytest.raises(LastAdminError):
        await accounts(idle, passwords="nobody").set_active(person_id, active=False, by=SERVICE)
    await accounts(idle, passwords="admins").set_active(person_id, active=False, by=SERVICE)


async def test_nobody_is_given_a_role_that_locks_them_out_or_a_password_by_a_closed_way(
    idle: Service,
) -> None:
    local = await accounts(idle).add("local", Role.ADMIN, None, PASSWORD, by=SERVICE)
    await accounts(idle).add("other", Role.ADMIN, None, PASSWORD, by=SERVICE)
    with pytest.raises(InvalidError):
        await accounts(idle, passwords="admins").set_role(local.id, Role.VIEWER, by=SERVICE)
    with pytest.raises(WrongPasswordError):
        await accounts(idle, passwords="nobody").change_password(
            local, PASSWORD, "another long one", client="::1"
        )
    account = await people.find(idle.store, local.id)
    assert account
    assert account.person.role is Role.ADMIN
