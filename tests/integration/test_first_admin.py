"""The link of a first start: there until somebody can sign in, and for one admin only."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from moderation.domain.errors import NotFoundError
from moderation.domain.people import Right, Role
from moderation.services.passwords import Passwords
from moderation.services.people import People, SignedIn
from moderation.store.log import SERVICE
from tests.service_kit import service

PASSWORD = "a fine day in may"


async def test_there_is_a_link_until_somebody_can_sign_in(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        people = People(s.store, s.settings, Passwords(PasswordHasher.from_parameters(CHEAPEST)))
        first, second = await people.first_link(), await people.first_link()
        assert first
        assert second
        (admin,) = await people.listed()
        assert (admin.person.name, admin.person.may(Right.PEOPLE)) == ("admin", True)
        with pytest.raises(NotFoundError, match="used, or has expired"):
            await people.redeem(first, PASSWORD)
        signed = await people.redeem(second, PASSWORD)
        assert signed.person == admin.person
        assert await people.first_link() is None
        with pytest.raises(NotFoundError):
            await people.redeem(second, PASSWORD)


async def test_an_admin_who_was_made_already_is_the_one_it_is_for(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        people = People(s.store, s.settings, Passwords(PasswordHasher.from_parameters(CHEAPEST)))
        await people.add("ada", Role.MODERATOR, None, None, by=SERVICE)
        eve = await people.add("eve", Role.ADMIN, None, None, by=SERVICE)
        code = await people.first_link()
        assert code
        assert await people.invited(code) == eve
        assert len(await people.listed()) == 2


async def test_where_people_sign_in_no_admin_is_made(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        people = People(s.store, s.settings, Passwords(PasswordHasher.from_parameters(CHEAPEST)))
        await people.add("ada", Role.MODERATOR, None, PASSWORD, by=SERVICE)
        assert await people.first_link() is None
        assert [one.person.name for one in await people.listed()] == ["ada"]


async def test_what_is_shown_of_a_session_opens_nothing(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        people = People(s.store, s.settings, Passwords(PasswordHasher.from_parameters(CHEAPEST)))
        await people.add("ada", Role.MODERATOR, ["news"], PASSWORD, by=SERVICE)
        signed: SignedIn = await people.sign_in("ada", PASSWORD, client="10.0.0.1")
        assert signed.token not in repr(signed)
        assert signed.csrf not in repr(signed)
        (account,) = await people.listed()
        assert account.password
        assert account.password not in repr(account)
