"""The people page: what administrators do there, and who may not."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from moderation.domain.people import Person, Role
from moderation.store import log, people
from moderation.store.log import SERVICE
from tests.web.kit import Service
from tests.web.signing_in import PASSWORD, Browser, Page, browser, person

LINK = re.compile(r"/welcome/(p_[0-9a-f]{16}\.[A-Za-z0-9_-]{43})")
HOSTILE = "<b onclick=alert(1)>'\"&"


@pytest.fixture
async def eve(idle: Service) -> AsyncIterator[Browser]:
    """A browser in which an administrator is signed in."""
    await person(idle, "eve", Role.ADMIN)
    async with browser(idle) as one:
        await one.sign_in("eve")
        yield one


async def send(one: Browser, path: str, **given: str) -> Page:
    signed = await one.service.context.people.sessions.find(one.cookie())
    return await one.post(path, {"csrf": signed.csrf if signed else "none", **given})


async def told(service: Service, count: int = 1) -> list[tuple[str, str]]:
    entries, _ = await log.read(service.store, None, count)
    return [(one["type"], f"{one['actor']['name']} {one['actor']['via']}") for one in entries]


async def account(service: Service, one: Person) -> people.Account:
    return await service.context.people.account(one.id)


async def test_an_account_is_made_with_a_link_that_is_shown_once(idle: Service, eve: Browser):
    page = await send(eve, "/people", name="Bob B.", role="viewer", sites="other")
    assert page.status == 200
    (code,) = set(LINK.findall(page.text))
    bob = await idle.context.people.named("bob b.")
    assert (bob.role, bob.sites) == (Role.VIEWER, frozenset({"other"}))
    assert await idle.context.people.invited(code) == bob
    assert await told(idle, 2) == [("link_made", "eve page"), ("person_added", "eve page")]
    page = await eve.get("/people")
    assert "Bob B." in page.text
    assert not LINK.search(page.text + (await eve.get(f"/people/{bob.id}")).text)
    again = await send(eve, "/people", name="BOB B.", role="viewer", sites="")
    assert (again.status, "Somebody has this name already." in again.text) == (409, True)


async def test_what_cannot_be_is_refused_and_shown_again(idle: Service, eve: Browser):
    for given, said in (
        ({"name": " ", "role": "viewer"}, "1 to 64 characters"),
        ({"name": "x", "role": "viewer", "sites": "nowhere"}, "one or more of the configured"),
    ):
        page = await send(eve, "/people", **given)
        assert (page.status, said in page.text) == (409, True)
    assert (await send(eve, "/people", name="x", role="king")).status == 422
    assert (await send(eve, "/people", role="viewer")).status == 422
    assert len(await people.listed(idle.store)) == 1


async def test_role_sites_and_state_change_and_the_log_says_by_whom(idle: Service, eve: Browser):
    bob = await person(idle, "bob", Role.VIEWER)
    at = f"/people/{bob.id}"
    async with browser(idle) as theirs:
        await theirs.sign_in("bob")
        for act, given, type_ in (
            ("role", {"role": "moderator"}, "role_changed"),
            ("sites", {"sites": "default, other"}, "sites_changed"),
            ("sites", {"sites": " "}, "sites_changed"),
            ("sites", {"sites": "other"}, "sites_changed"),
        ):
            page = await send(eve, at, act=act, **given)
            assert (page.status, page.place) == (303, f"{at}?site=default")
            assert await told(idle) == [(type_, "eve page")]
        assert await theirs.is_in()
        changed = (await account(idle, bob)).person
        assert (changed.role, changed.sites) == (Role.MODERATOR, frozenset({"other"}))
        assert (await theirs.get("/?site=default")).status == 404
        await send(eve, at, act="sessions")
        assert not await theirs.is_in()
        await send(eve, at, act="disable")
        assert (await theirs.sign_in("bob")).status == 403
        page = await send(eve, at, act="link")
        assert (page.status, LINK.search(page.text)) == (404, None)
        await send(eve, at, act="enable")
        assert await told(idle, 3) == [
            ("person_enabled", "eve page"),
            ("person_disabled", "eve page"),
            ("sessions_ended", "eve page"),
        ]
        page = await send(eve, at, act="link")
        code = LINK.findall(page.text)[0]
        assert (await idle.context.people.invited(code)) is not None
    assert (await send(eve, at, act="rename")).status == 422
    assert (await send(eve, f"/people/p_{'0' * 16}", act="disable")).status == 404
    assert (await eve.get(f"/people/p_{'0' * 16}")).status == 404


async def test_the_last_administrator_cannot_be_locked_out(idle: Service, eve: Browser):
    own = await idle.context.people.named("eve")
    await person(idle, "invited", Role.ADMIN, password=None)
    for given in ({"act": "disable"}, {"act": "role", "role": "moderator"},
                  {"act": "sites", "sites": "other"}):  # fmt: skip
        page = await send(eve, f"/people/{own.id}", **given)
        assert (page.status, "Nobody else is an active admin" in page.text) == (409, True)
        assert (await account(idle, own)).person == own
    await person(idle, "grace", Role.ADMIN)
    assert (await send(eve, f"/people/{own.id}", act="role", role="viewer")).status == 303
    assert (await eve.get("/people")).status == 403


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.VIEWER])
async def test_others_may_not(idle: Service, role: Role):
    eve = await person(idle, "eve", Role.ADMIN)
    await person(idle, "bob", role)
    async with browser(idle) as one:
        for page in (await one.get("/people"), await one.get(f"/people/{eve.id}")):
            assert page.place.startswith("/login?")
        await one.sign_in("bob")
        assert "/people" not in (await one.get("/settings")).text
        for page in (
            await one.get("/people"),
            await one.get(f"/people/{eve.id}"),
            await send(one, "/people", name="mallory", role="admin"),
            await send(one, f"/people/{eve.id}", act="disable"),
        ):
            assert page.status == 403
    assert len(await people.listed(idle.store)) == 2


async def test_an_administrator_of_some_sites_manages_nobody(idle: Service, eve: Browser):
    bob = await person(idle, "bob", Role.ADMIN)
    await idle.context.people.set_sites(bob.id, ["other"], by=SERVICE)
    async with browser(idle) as one:
        await one.sign_in("bob")
        assert "/people" not in (await one.get("/settings")).text
        for page in (
            await one.get("/people"),
            await send(one, f"/people/{bob.id}", act="sites", sites=""),
            await send(one, "/people", name="mallory", role="admin"),
        ):
            assert page.status == 403
    assert (await account(idle, bob)).person.sites == frozenset({"other"})


async def test_only_our_own_page_can_send_it(idle: Service, eve: Browser):
    own = await idle.context.people.named("eve")
    for path in ("/people", f"/people/{own.id}", "/settings/password"):
        given = {"act": "disable", "name": "mallory", "role": "admin"}
        assert (await eve.post(path, given)).status == 403
        assert (await eve.post(path, {**given, "csrf": "0" * 64})).status == 403
        signed = await idle.context.people.sessions.find(eve.cookie())
        assert signed
        from_elsewhere = {**given, "csrf": signed.csrf}
        assert (await eve.post(path, from_elsewhere, "https://evil.example")).status == 403
    assert await told(idle) == [("person_added", SERVICE.name + " start")]


async def test_names_are_text(idle: Service, eve: Browser):
    mallory = await person(idle, HOSTILE)
    for path in ("/people", f"/people/{mallory.id}"):
        page = await eve.get(path)
        assert "<b onclick" not in page.text
        assert "&lt;b onclick" in page.text


async def test_one_s_own_password_changes_and_other_sessions_end(idle: Service, eve: Browser):
    new = "another fine day in may"
    async with browser(idle) as other:
        await other.sign_in("eve")
        had = eve.cookie()
        for given, status in (
            ({"old": "wrong " * 3, "new": new, "again": new}, 403),
            ({"old": PASSWORD, "new": new, "again": new + "."}, 422),
            ({"old": PASSWORD, "new": "short", "again": "short"}, 422),
        ):
            assert (await send(eve, "/settings/password", **given)).status == status
        page = await send(eve, "/settings/password", old=PASSWORD, new=new, again=new)
        assert (page.status, page.place) == (303, "/settings?changed&site=default")
        assert eve.cookie() != had
        assert await eve.is_in()
        assert not await other.is_in()
        assert (await other.sign_in("eve")).status == 403
        assert (await other.sign_in("eve", new)).status == 303
    assert await told(idle) == [("password_changed", "eve page")]


async def test_guessing_one_s_own_password_is_throttled(idle: Service, eve: Browser):
    most = idle.context.settings.review.login_tries_name
    given = {"old": "wrong " * 3, "new": PASSWORD, "again": PASSWORD}
    for _ in range(most):
        assert (await send(eve, "/settings/password", **given)).status == 403
    page = await send(eve, "/settings/password", **{**given, "old": PASSWORD})
    assert page.status == 429
    assert int(page.headers["Retry-After"]) > 0
