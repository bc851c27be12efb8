"""Signing in and out as browsers do, against the whole application and a real server."""

from __future__ import annotations

import re

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from moderation.domain.errors import WrongPasswordError
from moderation.domain.people import Role
from moderation.services.passwords import Passwords
from moderation.services.people import People
from moderation.store.log import SERVICE
from tests.service_kit import until
from tests.web.kit import Service, serving
from tests.web.signing_in import PASSWORD, Browser, act, browser, person, sign_ins

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


async def test_a_name_and_a_password_let_in_until_signed_out(idle: Service, ada: Browser):
    assert not await ada.is_in()
    page = await ada.sign_in(" ADA ")
    assert (page.status, page.place, page.text) == (303, "/", "")
    (cookie,) = page.set.values()
    assert TOKEN.fullmatch(cookie.value)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert (cookie["max-age"], cookie["expires"], cookie["domain"]) == ("", "", "")
    assert await ada.is_in()
    assert (await ada.get("/login")).place == "/"
    assert sign_ins(idle, "signed_in") == 1
    out = await act(ada, "/review/sign-out")
    assert out == 200
    assert not await ada.is_in()
    assert await idle.context.people.sessions.find(cookie.value) is None


async def test_one_form_for_everything_that_is_wrong(idle: Service, ada: Browser):
    eve = await person(idle, "eve")
    await idle.context.people.set_active(eve.id, active=False, by=SERVICE)
    await person(idle, "new", password=None)
    pages = [
        await ada.sign_in(name, password)
        for name, password in [
            ("ada", "wrong " + PASSWORD),
            ("nobody", PASSWORD),
            ("eve", PASSWORD),
            ("new", ""),
            ("new", "None"),
            ("ada", PASSWORD + "x" * 600),
            ("", ""),
        ]
    ]
    assert {page.status for page in pages} == {403}
    said = {re.sub(r' value="[^"]*"| autofocus', "", page.text) for page in pages}
    assert len(said) == 1
    assert "No such name and password." in said.pop()
    assert not any(page.set or PASSWORD in page.text for page in pages)
    assert not await ada.is_in()
    assert sign_ins(idle, "wrong") == 7


class Counting(PasswordHasher):
    """The real hasher, which counts how often it is asked."""

    calls = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]  # noqa: A002
        self.calls += 1
        return super().verify(hash, password)


async def test_an_unknown_name_costs_what_a_wrong_password_costs(idle: Service):
    hasher = Counting.from_parameters(CHEAPEST)
    assert isinstance(hasher, Counting)
    people = People(idle.store, idle.context.settings, Passwords(hasher))
    await people.add("ada", Role.VIEWER, None, PASSWORD, by=SERVICE)
    await people.add("new", Role.VIEWER, None, None, by=SERVICE)
    gone = await people.add("gone", Role.VIEWER, None, PASSWORD, by=SERVICE)
    await people.set_active(gone.id, active=False, by=SERVICE)
    for name in ("ada", "nobody", "new", "gone"):
        before = hasher.calls
        with pytest.raises(WrongPasswordError):
            await people.sign_in(name, "wrong " + PASSWORD, client="10.0.0.1")
        assert hasher.calls - before == 1


async def test_a_planted_session_is_not_adopted_and_each_sign_in_has_its_own(
    idle: Service, ada: Browser
):
    planted = "p" * 43
    ada.http.cookie_jar.update_cookies({"moderation_session": planted})
    await ada.sign_in()
    first = ada.cookie()
    assert first not in {planted, ""}
    await ada.sign_in()
    second = ada.cookie()
    assert second != first
    people = idle.context.people
    assert await people.sessions.find(planted) is None
    assert await people.sessions.find(first) is None  # what it replaces is over
    assert await people.sessions.find(second)


async def test_a_name_is_throttled_from_wherever_and_says_for_how_long(ada: Browser, idle: Service):
    for number in range(10):
        assert (await ada.sign_in("ada", f"wrong {number}")).status == 403
    page = await ada.sign_in()
    assert page.status == 429
    assert 0 < int(page.headers["Retry-After"]) <= 900
    assert "Too many failed sign-ins" in page.text
    assert not page.set
    assert sign_ins(idle, "throttled") == 1
    await person(idle, "eve")
    assert (await ada.sign_in("eve")).status == 303  # others are not


@pytest.mark.parametrize(
    ("proxies", "forwarded", "stopped"),
    [
        # What a caller says of itself counts for nothing without a proxy that is listed.
        ([], ["192.0.2.1", "192.0.2.2"], True),
        (["127.0.0.1"], ["192.0.2.1", "192.0.2.2"], False),
        (["127.0.0.0/8"], ["192.0.2.9, 192.0.2.1", "192.0.2.8, 192.0.2.1"], True),
        (["127.0.0.1", "10.0.0.0/8"], ["192.0.2.1, 10.1.1.1", "192.0.2.1, 10.2.2.2"], True),
        # One subscriber has a whole network of IPv6, and one may be written in two ways.
        (["127.0.0.1"], ["2001:db8::1", "2001:db8::ffff:1"], True),
        (["127.0.0.1"], ["2001:db8::1", "2001:db8:0:1::1"], False),
        (["127.0.0.1"], ["::ffff:192.0.2.1", "192.0.2.1"], True),
        (["127.0.0.1"], ["nonsense", "unknown, "], True),
    ],
)
async def test_a_client_is_throttled_over_all_names(
    embedded_url: str, proxies: list[str], forwarded: list[str], stopped: bool
):
    review = {"login_tries_client": 3, "proxies": proxies}
    async with (
        serving(embedded_url, works=False, review=review) as service,
        browser(service) as one,
    ):
        await person(service)
        for number in range(3):
            page = await one.post(
                "/login",
                {"name": f"name {number}", "password": "wrong"},
                **{"X-Forwarded-For": forwarded[0]},
            )
            assert page.status == 403
        page = await one.post(
            "/login",
            {"name": "ada", "password": PASSWORD},
            **{"X-Forwarded-For": forwarded[1]},
        )
        assert page.status == (429 if stopped else 303)


async def test_a_throttle_ends(embedded_url: str):
    review = {"login_tries_name": 1, "login_window_s": 0.5}
    async with (
        serving(embedded_url, works=False, review=review) as service,
        browser(service) as one,
    ):
        await person(service)
        await one.sign_in("ada", "wrong")

        async def is_open() -> bool:
            return (await one.sign_in()).status == 303

        await until(is_open)


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", None, "null", "http://127.0.0.1", "http://127.0.0.1.evil.example"],
)
async def test_a_form_that_another_site_sends_signs_nobody_in(ada: Browser, origin: str | None):
    page = await ada.post("/login", {"name": "ada", "password": PASSWORD}, origin=origin)
    assert page.status == 403
    assert "opened at another address" in page.text
    assert not page.set
    assert not await ada.is_in()


async def test_a_name_of_elsewhere_that_leads_here_is_not_ours(ada: Browser):
    for host in ("evil.example", "localhost.evil.example", "[::1", "192.168.1.5:8080"):
        origin = f"http://{host}"
        page = await ada.post("/login", {"name": "ada", "password": PASSWORD}, origin, Host=host)
        assert page.status == 403
        assert not page.set
    for host in ("localhost:8080", "moderation.localhost", "[::1]:8080", "127.1.2.3"):
        origin = f"http://{host}"
        page = await ada.post("/login", {"name": "ada", "password": PASSWORD}, origin, Host=host)
        assert (page.status, len(page.set)) == (303, 1)


async def test_with_a_public_url_the_cookie_is_for_that_host_over_https_alone(embedded_url: str):
    review = {"public_url": "https://Moderation.example:443"}
    async with (
        serving(embedded_url, works=False, review=review) as service,
        browser(service) as one,
    ):
        await person(service)
        fields = {"name": "ada", "password": PASSWORD}
        assert (await one.post("/login", fields)).status == 403
        page = await one.post("/login", fields, origin="https://moderation.example")
        assert page.status == 303
        (cookie,) = page.set.values()
        assert cookie.key == "__Host-session"
        assert (cookie["secure"], cookie["httponly"]) == (True, True)
        assert (cookie["path"], cookie["domain"]) == ("/", "")
        for name, status in (("__Host-session", 200), ("moderation_session", 303)):
            page = await one.get("/settings", Cookie=f"{name}={cookie.value}")
            assert page.status == status
