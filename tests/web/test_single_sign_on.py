"""Single sign-on, against a provider of others that runs as a process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from moderation.domain.people import Role
from moderation.services.first_admin import first_link
from moderation.store import log, people
from moderation.store.log import SERVICE
from tests.real_provider import consent, real_provider, settings
from tests.web.kit import Service, serving
from tests.web.signing_in import Browser, Page, browser, person, sign_ins

USERS: dict[str, dict[str, Any]] = {
    "ada": {"name": "Ada L.", "groups": ["moderators", "chess"]},
    "eve": {"name": "Eve", "groups": ["chiefs", "readers"]},
    "bob": {"name": "Ada L.", "groups": ["readers"]},
    "nil": {"name": "Nobody", "groups": ["chess"]},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def issuer() -> AsyncIterator[str]:
    async with real_provider(USERS) as running:
        yield running


@pytest.fixture
async def service(embedded_url: str, issuer: str) -> AsyncIterator[Service]:
    chosen = {"oidc": settings(issuer)}
    async with serving(embedded_url, works=False, review=chosen) as running:
        yield running


@pytest.fixture
async def ada(service: Service) -> AsyncIterator[Browser]:
    async with browser(service) as one:
        yield one


async def sign_on(one: Browser, subject: str, wanted: str = "/settings") -> Page:
    """Go to the provider and come back."""
    begun = await one.get(f"/login/oidc?next={wanted}")
    assert begun.status == 303, begun.text
    back = await consent(begun.place, subject)
    assert back.startswith(one.service.url + "/login/oidc/return?")
    return await one.get(back.removeprefix(one.service.url))


async def test_who_a_provider_vouches_for_is_let_in(service: Service, ada: Browser):
    page = await ada.get("/login?next=/insights")
    assert "News ID" in page.text
    assert 'href="/login/oidc?next=%2Finsights"' in page.text.replace("/insights", "%2Finsights")
    begun = await ada.get("/login/oidc?next=/insights")
    (bound,) = begun.set.values()
    assert (bound.key, bound["httponly"], bound["samesite"]) == ("moderation_sign_on", True, "Lax")
    asked = parse_qs(urlsplit(begun.place).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["openid profile"]
    assert {"state", "nonce", "code_challenge"} < asked.keys()
    back = await consent(begun.place, "ada")
    page = await ada.get(back.removeprefix(service.url))
    assert (page.status, page.place) == (303, "/insights")
    assert await ada.is_in()
    assert sign_ins(service, "sign_on") == 1
    (account,) = await people.listed(service.store)
    assert (account.person.name, account.person.role) == ("Ada L.", Role.MODERATOR)
    assert (account.person.sites, account.password, account.signs_on) == (None, None, True)
    assert account.last_in
    (newest, *_), _ = await log.read(service.store, None, 9)
    assert (newest["type"], newest["name"]) == ("person_added", "Ada L.")
    assert newest["actor"]["via"] == "sign-on"


async def test_a_second_sign_in_is_the_same_account_with_a_new_session(
    service: Service, ada: Browser
):
    await sign_on(ada, "ada")
    first = ada.cookie()
    await sign_on(ada, "ada")
    assert ada.cookie() != first
    assert await service.context.people.sessions.find(first) is None
    assert len(await people.listed(service.store)) == 1


async def test_a_name_that_somebody_has_is_not_taken_over(service: Service, ada: Browser):
    local = await person(service, "ada l.", Role.ADMIN)
    await sign_on(ada, "ada")
    async with browser(service) as other:
        await sign_on(other, "bob")
    found = {one.person.name: one.person for one in await people.listed(service.store)}
    assert found.keys() == {"ada l.", "Ada L. (2)", "Ada L. (3)"}
    assert found["ada l."] == local


async def test_a_role_is_set_anew_from_the_groups(service: Service, ada: Browser):
    await sign_on(ada, "eve")
    (account,) = await people.listed(service.store)
    assert account.person.role is Role.ADMIN
    other = await person(service, "chief", Role.ADMIN)
    known, ways = account.person.id, people.BY_PASSWORD
    await people.set_role(service.store, known, Role.VIEWER, by=SERVICE, ways=ways)
    await sign_on(ada, "eve")
    changed = await people.find(service.store, account.person.id)
    assert changed
    assert changed.person.role is Role.ADMIN
    (newest, *_), _ = await log.read(service.store, None, 9)
    assert (newest["type"], newest["role"]) == ("role_changed", "admin")
    assert newest["actor"]["via"] == "sign-on"
    assert other.id != account.person.id


async def test_what_groups_say_is_set_nowhere_else(service: Service, ada: Browser):
    await sign_on(ada, "eve")
    async with browser(service) as other:
        await sign_on(other, "ada")
    whom = await service.context.people.named("ada l.")
    page = await ada.get(f"/people/{whom.id}")
    assert "The groups of single sign-on say" in page.text
    assert 'value="link"' not in page.text
    signed = await service.context.people.sessions.find(ada.cookie())
    assert signed
    for given in ({"act": "role", "role": "admin"}, {"act": "sites", "sites": "other"},
                  {"act": "link"}):  # fmt: skip
        page = await ada.post(f"/people/{whom.id}", {"csrf": signed.csrf, **given})
        assert (page.status, "single sign-on" in page.text) == (409, True)
    assert await service.context.people.named("ada l.") == whom
    page = await ada.post("/people", {"csrf": signed.csrf, "name": "bob", "role": "viewer"})
    assert (page.status, "sign in by single sign-on here" in page.text) == (409, True)


async def test_nobody_without_a_mapped_group_and_nobody_disabled(service: Service, ada: Browser):
    page = await sign_on(ada, "nil")
    assert (page.status, "in no group that may come in" in page.text) == (403, True)
    assert await people.listed(service.store) == []
    await sign_on(ada, "bob")
    (account,) = await people.listed(service.store)
    await people.set_active(
        service.store, account.person.id, active=False, by=SERVICE, ways=people.BY_SIGN_ON
    )
    page = await sign_on(ada, "bob")
    assert (page.status, "disabled" in page.text) == (403, True)
    assert not await ada.is_in()
    assert sign_ins(service, "sign_on_refused") == sign_ins(service, "sign_on_disabled") == 1


async def test_who_says_no_at_the_provider_is_not_let_in(service: Service, ada: Browser):
    page = await sign_on(ada, "")
    assert page.status == 403
    assert not await ada.is_in()
    # Older versions of this one say no without the state that they were given.
    assert sign_ins(service, "sign_on_denied") + sign_ins(service, "sign_on_state") == 1


async def test_no_link_is_printed_once_somebody_can_sign_in(service: Service, ada: Browser):
    some = service.context.people
    first = await first_link(some, 1)
    assert first
    assert await some.invited(first)
    await sign_on(ada, "eve")
    assert await first_link(some, 1) is None
