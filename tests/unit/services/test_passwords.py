"""Passwords: hashed with salt and cost, compared in one way, and only so many at once."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from moderation.domain.errors import OverloadedError
from moderation.services.passwords import Passwords

WORD = "a fine day in may"


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(PasswordHasher.from_parameters(CHEAPEST))


async def test_a_hash_is_salted_and_fits_its_password_alone(passwords: Passwords):
    first, second = await passwords.hashed(WORD), await passwords.hashed(WORD)
    assert first != second
    assert first.startswith("$argon2id$")
    for known in (first, second):
        assert await passwords.matches(known, WORD)
        assert not await passwords.matches(known, WORD.upper())
    assert not await passwords.matches("no hash at all", WORD)
    assert not await passwords.matches(None, WORD)


async def test_a_keyboard_s_way_to_compose_letters_makes_no_difference(passwords: Passwords):
    known = await passwords.hashed("déjà vu in may")
    assert await passwords.matches(known, "de\u0301ja\u0300 vu in may")


async def test_what_cannot_be_typed_is_wrong_and_no_error(passwords: Passwords):
    known = await passwords.hashed(WORD)
    for sent in ("\ud800" * 12, "\x00" * 12, ""):
        assert not await passwords.matches(known, sent)


async def test_a_flood_is_told_to_come_back(passwords: Passwords):
    asked = [passwords.matches(None, WORD) for _ in range(200)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [one for one in answers if isinstance(one, OverloadedError)]
    assert len(refused) == 200 - 32
    assert {one.retry_after for one in refused} == {2}
    assert answers.count(False) == 32
    assert not await passwords.matches(None, WORD)  # and later it is answered again


async def test_the_default_cost_is_that_of_rfc_9106():
    # Section 4, second recommended option: t=3, m=64 MiB, p=4.
    assert "$m=65536,t=3,p=4$" in await Passwords().hashed(WORD)
