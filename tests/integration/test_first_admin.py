"""The link of a first start: there until somebody can sign in, and for one admin only."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from moderation.domain.errors import NotFoundError
from moderation.domain.people import Right, Role
from moderation.services.first_admin import first_link
from moderation.services.passwords import Passwords
from moderation.services.people import People
from moderation.services.sessions import SignedIn
from moderation.store.log import SERVICE
from tests.service_kit import service, until

PASSWORD = "a fine day in may"


async def test_there_is_a_link_until_somebody_can_sign_in(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        people = People(s.store, s.settings, Passwords(PasswordHasher.from_parameters(CHEAPEST)))
        first, second = await first_link(people, 1), await first_link(people, 1)
        assert first
        assert second
        (admin,) = await people.listed()
        assert (admin.person.name, admin.person.may(Right.PEOPLE)) == ("admin", True)
        with pytest.raises(NotFoundError, match="used, or has expired"):
            await people.redeem(first, PASSWORD)
        signed = await people.redeem(second, PASSWORD)
        assert signed.person == admin.person
        assert await first_link(people, 1) is None
        with pytest.raises(NotFoundError):
            await people.redeem(second, PASSWORD)


async def test_an_admin_who_was_made_already_is_the_one_it_is_for(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        people = People(s.store, s.settings, Passwords(PasswordHasher.from_parameters(CHEAPEST)))
        await people.add("ada", Role.MODERATOR, None, None, by=SERVICE)
        eve = await people.add("eve", Role.ADMIN, None, None, by=SERVICE)
        code = await first_link(people, 1)
        assert code
        assert await people.invited(code) == eve
        assert len(await people.listed()) == 2


async def test_it_is_an_administrator_who_must_be_able_to_sign_in(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        people = People(s.store, s.settings, Passwords(PasswordHasher.from_parameters(CHEAPEST)))
        await people.add("ada", Role.MODERATOR, None, PASSWORD, by=SERVICE)
        await people.add("bob", Role.ADMIN, ["news"], PASSWORD, by=SERVICE)
        code = await first_link(people, 1)
        assert code
        invited = await people.invited(code)
        assert invited
        assert (invited.name, invited.manages_people) == ("admin", True)


async def test_it_works_for_as_long_as_was_said(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        people = People(s.store, s.settings, Passwords(PasswordHasher.from_parameters(CHEAPEST)))
        code = await first_link(people, 0.05 / 3600)
        assert code

        async def is_over() -> bool:
            return await people.invited(code) is None

        await until(is_over)


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
