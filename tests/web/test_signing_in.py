"""Signing in and out as browsers do, against the whole application and a real server."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from moderation.domain.errors import WrongPasswordError
from moderation.domain.people import Role
from moderation.services.passwords import Passwords
from moderation.services.people import People
from moderation.telemetry import configure_logging
from tests.contract.store_kit import everything
from tests.service_kit import until
from tests.web.kit import Service, serving
from tests.web.signing_in import PASSWORD, Browser, browser, person

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@pytest.fixture
async def ada(idle: Service) -> AsyncIterator[Browser]:
    """A browser that is not signed in; Ada has an account."""
    await person(idle)
    async with browser(idle) as one:
        yield one


def sign_ins(service: Service, result: str) -> float:
    value = service.context.metrics.registry.get_sample_value(
        "moderation_login_attempts_total", {"result": result}
    )
    return value or 0.0


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
    assert await idle.context.people.session(cookie.value) is None


async def act(one: Browser, path: str, body: str = "{}", **headers: str) -> int:
    """Post as the page's script does and return the status; a header given as "" is left out."""
    signed = await one.service.context.people.session(one.cookie())
    sent = {
        "Origin": one.service.url,
        "X-CSRF-Token": signed.csrf if signed else "none",
        "Content-Type": "application/json",
        **headers,
    }
    async with one.http.post(
        one.service.url + path, data=body, headers={k: v for k, v in sent.items() if v}
    ) as response:
        return response.status


async def test_one_form_for_everything_that_is_wrong(idle: Service, ada: Browser):
    eve = await person(idle, "eve")
    await idle.context.people.set_active(eve.id, active=False)
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
    await people.add("ada", Role.VIEWER, None, PASSWORD)
    await people.add("new", Role.VIEWER, None, None)
    gone = await people.add("gone", Role.VIEWER, None, PASSWORD)
    await people.set_active(gone.id, active=False)
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
    assert await people.session(planted) is None
    assert await people.session(first) is None  # what it replaces is over
    assert await people.session(second)


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


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("/item/c_1?site=news", "/item/c_1?site=news"),
        ("/?order=age&article=a%2F3", "/?order=age&article=a%2F3"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/x\\..\\..//evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("\t//evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ("/ü", "/"),
        ("/" + "x" * 3000, "/"),
        ("/login?next=/", "/"),
        ("/welcome/x", "/"),
        ("evil.example", "/"),
        ("", "/"),
    ],
)
async def test_signing_in_leads_to_a_place_of_ours_only(ada: Browser, wanted: str, place: str):
    assert (await ada.sign_in(next=wanted)).place == place
    async with ada.http.get(
        ada.service.url + "/login", params={"next": wanted}, allow_redirects=False
    ) as already:
        assert already.headers["Location"] == place


async def test_who_is_not_signed_in_is_led_to_the_sign_in_and_back(ada: Browser):
    page = await ada.get("/settings?site=default")
    assert (page.status, page.place) == (303, "/login?next=%2Fsettings%3Fsite%3Ddefault")
    form = await ada.get(page.place)
    assert 'name="next" value="/settings?site=default"' in form.text
    assert (await ada.sign_in(next="/settings?site=default")).place == "/settings?site=default"
    script = await ada.service.ask("GET", "/review/cards", scope=None, headers={"Accept": "*/*"})
    assert script.status == 401
    assert script.body["type"].endswith(":unauthorized")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"X-CSRF-Token": ""}, 403),
        ({"X-CSRF-Token": "0" * 64}, 403),
        ({"X-CSRF-Token": "\u00e9"}, 403),
    ],
)
async def test_an_action_is_taken_only_from_our_own_page(
    ada: Browser, headers: dict[str, str], status: int
):
    await ada.sign_in()
    assert await act(ada, "/review/release", '{"ids": []}', **headers) == status
    assert await ada.is_in()


async def test_the_token_of_another_session_opens_nothing(idle: Service, ada: Browser):
    await ada.sign_in()
    async with browser(idle) as other:
        await other.sign_in()
        theirs = await idle.context.people.session(other.cookie())
    assert theirs
    assert await act(ada, "/review/sign-out", **{"X-CSRF-Token": theirs.csrf}) == 403
    assert await ada.is_in()


async def test_a_form_of_another_site_cannot_act(ada: Browser):
    await ada.sign_in()
    page = await ada.post("/review/sign-out", {"site": "default"}, origin="https://evil.example")
    assert page.status == 403
    assert await ada.is_in()


async def test_keys_open_no_page_and_sessions_open_no_api(idle: Service, ada: Browser):
    answer = await idle.ask("GET", "/settings", scope="admin", headers={"Accept": "*/*"})
    assert answer.status == 401
    await ada.sign_in()
    for path in ("/v1/queue", "/v1/decisions"):
        assert (await ada.get(path)).status == 401


async def test_a_changed_role_counts_in_a_running_session(idle: Service):
    who = await person(idle, role=Role.VIEWER)
    body = '{"ids": []}'
    async with browser(idle) as one:
        await one.sign_in()
        assert await act(one, "/review/release", body) == 403
        await idle.context.people.set_role(who.id, Role.MODERATOR)
        assert await act(one, "/review/release", body) == 200
        await idle.context.people.set_role(who.id, Role.VIEWER)
        assert await act(one, "/review/release", body) == 403


async def test_who_is_disabled_or_revoked_is_out_at_once_everywhere(idle: Service):
    who, people = await person(idle), idle.context.people
    async with browser(idle) as one, browser(idle) as other:
        for end in (people.revoke(who.id), people.set_active(who.id, active=False)):
            assert (await one.sign_in()).status == (await other.sign_in()).status == 303
            assert await one.is_in()
            assert await other.is_in()
            await end
            assert not await one.is_in()
            assert not await other.is_in()
            assert await act(one, "/review/release") == 401
        assert (await one.sign_in()).status == 403
        await people.set_active(who.id, active=True)
        assert not await one.is_in()  # what ended stays ended
        assert (await one.sign_in()).status == 303


async def test_a_session_ends_when_its_time_is_over(embedded_url: str):
    review = {"session_h": 1 / 3600}
    async with (
        serving(embedded_url, works=False, review=review) as service,
        browser(service) as one,
    ):
        await person(service)
        await one.sign_in()

        async def is_over() -> bool:
            return not await one.is_in()

        await until(is_over)


async def test_a_link_lets_in_once_by_a_post(idle: Service):
    who = await person(idle, "new", password=None)
    link = f"/welcome/{await idle.context.people.once_link(who.id)}"
    async with browser(idle) as one, browser(idle) as late:
        for _ in range(3):  # looked at by mail scanners and previews
            page = await one.get(link)
            assert page.status == 200
            assert 'value="new"' in page.text
            assert not page.set
            async with one.http.head(idle.url + link) as looked:
                assert looked.status == 200
        fields = {"password": PASSWORD, "again": PASSWORD}
        page = await one.post(link, fields, origin="https://evil.example")
        assert page.status == 403
        page = await one.post(link, {**fields, "again": "another"})
        assert (page.status, "The two passwords differ." in page.text) == (422, True)
        page = await one.post(link, {"password": "short", "again": "short"})
        assert (page.status, "A password has 12 to 512 characters." in page.text) == (422, True)
        page = await one.post(link, fields)
        assert (page.status, page.place) == (303, "/")
        assert await one.is_in()
        for page in (await late.get(link), await late.post(link, fields)):
            assert page.status == 404
            assert "This link is over" in page.text
            assert not page.set
        assert (await late.sign_in("new")).status == 303
    assert sign_ins(idle, "link") == 1


async def test_a_link_ends_other_sessions_and_the_old_password(idle: Service, ada: Browser):
    await ada.sign_in()
    who = await idle.context.people.named("ada")
    old = f"/welcome/{await idle.context.people.once_link(who.id)}"
    link = f"/welcome/{await idle.context.people.once_link(who.id)}"
    new = "another day in june"
    async with browser(idle) as other:
        assert (await other.get(old)).status == 404  # the newest one counts
        assert (await other.post(link, {"password": new, "again": new})).status == 303
        assert await other.is_in()
        assert not await ada.is_in()
    assert (await ada.sign_in()).status == 403
    assert (await ada.sign_in(password=new)).status == 303


async def test_a_link_ends_when_its_time_is_over(embedded_url: str):
    review = {"once_h": 1 / 3600}
    async with (
        serving(embedded_url, works=False, review=review) as service,
        browser(service) as one,
    ):
        who = await person(service)
        link = f"/welcome/{await service.context.people.once_link(who.id)}"

        async def is_over() -> bool:
            return (await one.get(link)).status == 404

        await until(is_over)
        page = await one.post(link, {"password": PASSWORD, "again": PASSWORD})
        assert (page.status, len(page.set)) == (404, 0)


async def test_what_is_no_form_is_refused_without_a_word_of_it(ada: Browser):
    for raw in (b"name=ada&password=%ff", b"name", b"name=\xff", b"&".join([b"a=b"] * 20)):
        page = await ada.post("/login", raw, Accept="*/*")
        assert page.status == 400
        assert "%ff" not in page.text
    page = await ada.post("/login", b"{}", **{"Content-Type": "application/json"})
    assert page.status == 415
    long = io.BytesIO(b"name=ada&password=" + b"x" * 2_000_000)
    assert (await ada.post("/login", long)).status == 413


async def test_a_name_is_shown_inert(ada: Browser):
    page = await ada.sign_in('"><b>ada', "wrong")
    assert "<b>" not in page.text
    assert "&lt;b&gt;" in page.text


async def test_no_secret_is_logged_or_stored(idle: Service, ada: Browser):
    stream = io.StringIO()
    configure_logging(stream, "DEBUG")
    await ada.sign_in("ada", "a wrong one of hers")
    await ada.sign_in()
    token = ada.cookie()
    who = await idle.context.people.named("ada")
    code = await idle.context.people.once_link(who.id)
    chosen = "chosen in the month of may"
    await ada.post(f"/welcome/{code}", {"password": chosen, "again": "different from it"})
    await ada.post(f"/welcome/{code}", {"password": chosen, "again": chosen})
    kept = str(await everything(idle.store))
    assert who.id in stream.getvalue()
    assert who.id in kept
    for secret in (PASSWORD, "a wrong one of hers", chosen, "different from it", token,
                   ada.cookie(), code.partition(".")[2]):  # fmt: skip
        assert secret not in stream.getvalue()
        assert secret not in kept
