"""Who is signed in, and what a session, a link or a form of elsewhere opens."""

from __future__ import annotations

import io

import pytest

from moderation.domain.people import Role
from moderation.store.log import SERVICE
from moderation.telemetry import configure_logging
from tests.contract.store_kit import everything
from tests.service_kit import until
from tests.web.kit import Service, serving
from tests.web.signing_in import PASSWORD, Browser, act, browser, person, sign_ins


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
        theirs = await idle.context.people.sessions.find(other.cookie())
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
        await idle.context.people.set_role(who.id, Role.MODERATOR, by=SERVICE)
        assert await act(one, "/review/release", body) == 200
        await idle.context.people.set_role(who.id, Role.VIEWER, by=SERVICE)
        assert await act(one, "/review/release", body) == 403


async def test_who_is_disabled_or_revoked_is_out_at_once_everywhere(idle: Service):
    who, people = await person(idle), idle.context.people
    async with browser(idle) as one, browser(idle) as other:
        for end in (
            people.revoke(who.id, by=SERVICE),
            people.set_active(who.id, active=False, by=SERVICE),
        ):
            assert (await one.sign_in()).status == (await other.sign_in()).status == 303
            assert await one.is_in()
            assert await other.is_in()
            await end
            assert not await one.is_in()
            assert not await other.is_in()
            assert await act(one, "/review/release") == 401
        assert (await one.sign_in()).status == 403
        await people.set_active(who.id, active=True, by=SERVICE)
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
    link = f"/welcome/{await idle.context.people.once_link(who.id, by=SERVICE)}"
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
    old = f"/welcome/{await idle.context.people.once_link(who.id, by=SERVICE)}"
    link = f"/welcome/{await idle.context.people.once_link(who.id, by=SERVICE)}"
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
        link = f"/welcome/{await service.context.people.once_link(who.id, by=SERVICE)}"

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
    code = await idle.context.people.once_link(who.id, by=SERVICE)
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
