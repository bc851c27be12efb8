"""Exports and statements over HTTP: who may, what is in them, and what never is."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import aiohttp
import pytest

from moderation.domain.errors import StoreDownError
from moderation.domain.people import Role
from moderation.services import exporting
from moderation.store import reading
from tests.web.kit import Service
from tests.web.test_appeals import rejected
from tests.web.test_review import NOBODY, held, visiting


async def test_the_api_states_the_reasons_for_a_rejection(service: Service):
    comment = await rejected(service, external_id="c-1")
    path = f"/v1/comments/{comment}/statement"
    found = await service.ask("GET", path, scope="moderate")
    assert found.status == 200, found.text
    assert found.body["puid"] == f"{comment}-4"
    assert found.body["category"] == "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
    assert found.body["incompatible_content_ground"] == "Spam or advertising"
    assert found.body["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    for never in ("fine day", "a note of hers", "ada"):
        assert never not in found.text
    for options, status in (
        ({"scope": "submit"}, 403),
        ({"scope": None}, 401),
        ({"scope": "moderate", "site": "other"}, 404),
    ):
        assert (await service.ask("GET", path, **options)).status == status
    other, _ = await held(service, "another fine day")
    for comment in (other, NOBODY):
        path = f"/v1/comments/{comment}/statement"
        assert (await service.ask("GET", path, scope="moderate")).status == 404


async def test_a_comment_s_page_leads_to_its_statement(service: Service):
    comment = await rejected(service)
    other, _ = await held(service, "another fine day")
    async with visiting(service, "vera", Role.VIEWER) as vera:
        assert f'href="/item/{comment}/statement' in (await vera.get(f"/item/{comment}"))[1]
        assert "/statement" not in (await vera.get(f"/item/{other}"))[1]
        status, page = await vera.get(f"/item/{comment}/statement")
        assert (status, f"{comment}-4" in page) == (200, True)
        assert "not known" in page  # the territory is not configured
        assert (await vera.get(f"/item/{other}/statement"))[0] == 404
        assert (await vera.get("/export"))[0] == 403
        assert (await vera.get("/export/decisions"))[0] == 403


async def test_a_download_is_the_site_s_decisions(service: Service):
    comment = await rejected(service, external_id="@c-1")
    async with visiting(service, "grace") as grace:
        status, page = await grace.get("/export")
        assert (status, 'action="/export/decisions"' in page) == (200, True)
        url = f"{service.url}/export/decisions?format=csv&since=&until=&statements=1"
        async with grace.http.get(url) as response:
            assert response.status == 200
            assert response.headers["Content-Disposition"] == (
                'attachment; filename="decisions-default.csv"'
            )
            assert response.headers["Cache-Control"] == "no-store"
            text = await response.text()
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        assert [row["decision"] for row in rows] == ["approve", "hold", "reject"]
        assert rows[2]["external_id"] == "'@c-1"
        assert (rows[2]["by_name"], rows[2]["puid"]) == ("ada", f"{comment}-4")
        for never in ("fine day", "a note of hers"):
            assert never not in text
        status, text = await grace.get("/export/decisions?format=jsonl")
        assert [json.loads(line)["version"] for line in text.splitlines()] == [2, 3, 4]
        status, text = await grace.get("/export/decisions?until=2000-01-01")
        assert (status, text.count("\n")) == (200, 1)
        async with grace.http.post(f"{service.url}/export/decisions") as response:
            assert response.status == 405


@pytest.mark.parametrize(
    "query",
    ["format=xml", "since=yesterday", "since=2026-02-01&until=2026-01-01"],
)
async def test_what_means_nothing_is_refused(idle: Service, query: str):
    async with visiting(idle, "grace") as grace:
        assert (await grace.get(f"/export/decisions?{query}"))[0] == 400


async def test_another_site_s_decisions_are_nobody_s(service: Service):
    comment = await rejected(service)
    async with visiting(service, "olga", sites=frozenset({"other"})) as olga:
        assert comment not in (await olga.get("/export/decisions"))[1]
        assert (await olga.get("/export/decisions?site=default"))[0] == 404
        assert (await olga.get(f"/item/{comment}/statement"))[0] == 404


async def test_a_download_that_fails_on_its_way_is_no_whole_file(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    await rejected(service)
    read_feed, asked = reading.read_feed, list[int]()

    async def fails_on_its_second_page(*args: Any) -> Any:
        asked.append(1)
        if len(asked) == 2:
            raise StoreDownError("the server is away")
        return await read_feed(*args)

    monkeypatch.setattr(exporting, "_PAGE", 1)
    monkeypatch.setattr(reading, "read_feed", fails_on_its_second_page)
    async with visiting(service, "grace") as grace:
        async with grace.http.get(f"{service.url}/export/decisions?format=jsonl") as response:
            assert response.status == 200
            with pytest.raises(aiohttp.ClientError):
                await response.read()
        status, text = await grace.get("/export/decisions?format=jsonl")
        assert (status, [json.loads(line)["version"] for line in text.splitlines()]) == (
            200, [2, 3, 4],
        )  # fmt: skip
        asked.clear()
        asked.append(1)
        assert (await grace.get("/export/decisions"))[0] == 503  # nothing had begun
