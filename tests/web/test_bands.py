"""The page of bands over HTTP: who may see it, what it shows, and what it names to be acted on."""

from __future__ import annotations

import json
import re

import pytest

from moderation.domain.people import Role
from moderation.store.log import SERVICE
from tests.web.kit import Service
from tests.web.signing_in import Browser, act, browser, person
from tests.web.test_bulk import BATCH, ada, held, of, posted

__all__ = ["ada"]

PREVIEW = "/review/bulk/preview"


async def preview(one: Browser, low: float = 0, high: float = 1, **fields: object) -> str:
    signed = await one.service.context.people.sessions.find(one.cookie())
    assert signed
    headers = {"Origin": one.service.url, "X-CSRF-Token": signed.csrf}
    body = {"low": low, "high": high, **fields}
    async with one.http.post(one.service.url + PREVIEW, json=body, headers=headers) as response:
        assert response.status == 200, await response.text()
        return await response.text()


def named(page: str) -> list[tuple[str, int]]:
    found = re.search(r'data-items="([^"]*)"', page)
    assert found
    pairs = [one.split(":") for one in found[1].split()]
    return [(comment, int(version)) for comment, version in pairs]


async def test_what_is_held_is_drawn_with_the_table_behind_it(service: Service, ada: Browser):
    await held(service, 3)
    await ada.sign_in()
    page = (await ada.get("/bulk")).text
    assert page.count("<svg") == 1
    assert "held from 0." in page
    rows = re.findall(r'<th scope="row">[\d.]+ to [\d.]+</th><td>(\d+)</td>', page)
    assert sum(map(int, rows)) == 3
    for inline in ("style=", "<style", "<script>", "onclick"):
        assert inline not in page
    assert 'href="/bulk' in (await ada.get("/")).text


async def test_the_preview_names_what_is_decided(service: Service, ada: Browser):
    ids = await held(service, 12)
    await ada.sign_in()
    page = await preview(ada)
    items = named(page)
    assert sorted(comment for comment, _ in items) == sorted(ids)
    assert "12 are held with a score from 0 to 1." in page
    assert page.count('<article class="card"') == 10
    assert 'data-act="approve"' not in page
    _, answer = await posted(ada, "/review/bulk", of(items, decision="reject", reason="spam"))
    assert (len(answer["done"]), answer["refused"]) == (12, [])
    assert answer["done"][0]["version"] == 3
    assert "Nothing is held with a score from 0 to 1." in await preview(ada)


async def test_a_hostile_text_is_inert_in_a_preview(service: Service, ada: Browser):
    text = "<script>alert(1)</script> you are an idiot \u202e<img src=x onerror=alert(1)>"
    await service.submit(text, external_id="hostile")
    await ada.sign_in()
    page = await preview(ada)
    assert "<script>" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert 'data-name="RLO"' in page


async def test_an_erased_text_is_in_no_preview(service: Service, ada: Browser):
    (comment,) = await held(service, 1)
    await ada.sign_in()
    await service.ask("DELETE", f"/v1/comments/{comment}", scope="admin")
    page = await preview(ada)
    assert named(page) == []
    assert "idiot" not in page


async def test_of_a_site_only_its_own(service: Service, ada: Browser):
    await held(service, 2)
    await ada.sign_in()
    assert named(await preview(ada, site="other")) == []
    await service.context.people.add(
        "narrow", Role.MODERATOR, ["other"], "a fine day in may", by=SERVICE
    )
    async with browser(service) as one:
        await one.sign_in("narrow")
        assert await act(one, PREVIEW, json.dumps({"low": 0, "high": 1, "site": "default"})) == 404
        assert (await one.get("/bulk?site=default")).status == 404
        assert named(await preview(one)) == []


@pytest.mark.parametrize(
    "body",
    [
        {"low": 0.5, "high": 0.5},
        {"low": 0.9, "high": 0.1},
        {"low": -0.1, "high": 1},
        {"low": 0, "high": 1.1},
        {"low": "0", "high": 1},
        {"low": 0},
        {"low": 0, "high": 1, "count": 5000},
    ],
)
async def test_a_wrong_band_is_refused(ada: Browser, body: dict[str, object]):
    await ada.sign_in()
    assert await act(ada, PREVIEW, json.dumps(body)) in {400, 422}


async def test_who_may_not_bulk_sees_none_of_it(service: Service, ada: Browser):
    await held(service, 1)
    body = json.dumps({"low": 0, "high": 1})
    await person(service, "vera", Role.VIEWER)
    async with browser(service) as one:
        assert (await one.get("/bulk")).status == 303
        await one.sign_in("vera")
        assert (await one.get("/bulk")).status == 403
        assert await act(one, PREVIEW, body) == 403
        assert 'href="/bulk' not in (await one.get("/")).text
    await ada.sign_in()
    assert await act(ada, PREVIEW, body, **{"X-CSRF-Token": ""}) == 403
    key = await service.ask("POST", PREVIEW, json.loads(body), scope="moderate")
    assert key.status == 401
    assert BATCH
