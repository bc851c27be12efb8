"""The search by text: who finds what, how it is marked, and that the query is told nowhere."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from prometheus_client import generate_latest

from moderation.domain.people import Role
from moderation.telemetry import configure_logging
from tests.web.kit import Service
from tests.web.naughty import NAUGHTY
from tests.web.test_review import held, visiting

QUERY = "purple walrus"


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that is logged from here on."""
    stream = io.StringIO()
    configure_logging(stream, "DEBUG")
    yield stream
    configure_logging()


async def test_words_are_found_and_marked_and_told_nowhere(service: Service, logged: io.StringIO):
    comment, version = await held(service, f"<b>no</b> {QUERY.upper()} & <i>co</i>")
    other, _ = await held(service, "a rainy day")
    async with visiting(service, "ada") as ada:
        status, page = await ada.post("search", {"text": QUERY})
        assert status == 200
        assert comment in page
        assert other not in page
        assert f"&lt;b&gt;no&lt;/b&gt; <mark>{QUERY.upper()}</mark> &amp; " in page
        assert "Looked through all 2 held comments." in page
        assert '<button type="button" value=' not in page
        decided = {"id": comment, "version": version, "decision": "approve"}
        assert (await ada.post("decide", decided))[0] == 200
        assert comment not in (await ada.post("search", {"text": QUERY}))[1]
        for refused in ({"text": QUERY, "id": comment}, {"text": QUERY, "cursor": QUERY}):
            status, problem = await ada.post("search", refused)
            assert status == 400
            assert QUERY not in str(problem)
    told = logged.getvalue() + generate_latest(service.context.metrics.registry).decode()
    assert "/review/search" in told
    assert not re.search("purple|walrus", told, re.IGNORECASE)


@pytest.mark.parametrize(
    "wrong", [{"text": "x"}, {"text": "x" * 201}, {"text": 1}, {"cursor": "W10"}, {}]
)
async def test_what_is_no_search_is_refused_and_not_repeated(
    idle: Service, logged: io.StringIO, wrong: dict[str, object]
):
    async with visiting(idle, "ada") as ada:
        status, problem = await ada.post("search", wrong)
        assert status in {400, 422}
        assert "xxx" not in str(problem) + logged.getvalue()


async def test_only_the_page_searches_and_only_where_its_person_may(service: Service):
    comment, version = await held(service, QUERY)
    said = {"text": QUERY}
    async with visiting(service, "ada") as ada:
        for headers in ({"X-CSRF-Token": "x"}, {"Origin": "http://elsewhere.example"}):
            assert (await ada.post("search", said, **headers))[0] == 403
        assert (await ada.get("/review/search?text=walrus"))[0] == 405
        assert (await ada.post("escalate", {"id": comment, "version": version}))[0] == 200
        assert comment not in (await ada.post("search", said))[1]
        assert (await ada.post("sign-out"))[0] == 200
        assert (await ada.post("search", said))[0] == 401
    async with visiting(service, "grace", Role.ADMIN) as grace:
        assert comment in (await grace.post("search", said))[1]
    async with visiting(service, "vera", Role.VIEWER) as vera:
        assert (await vera.post("search", said))[0] == 200
    async with visiting(service, "olga", Role.ADMIN, frozenset({"other"})) as olga:
        assert comment not in (await olga.post("search", said))[1]
        assert (await olga.post("search", {**said, "site": "default"}))[0] == 404


async def test_hostile_queries_do_nothing(service: Service):
    """Each is a search like any other, and none comes back in the page."""
    await held(service)
    async with visiting(service, "ada") as ada:
        for text in NAUGHTY:
            query = text[:200]
            status, page = await ada.post("search", {"text": query})
            assert status in {200, 400, 422}, query.encode("unicode_escape")
            assert "<script" not in str(page).lower()
            if status == 200 and len(query) > 5 and "<" in query:
                assert query not in page


async def test_hostile_texts_are_shown_inert_and_whole(service: Service):
    texts = ["<script>alert(1)</script>", "<img src=x onerror=alert(2)> alert", "a\u202ealert"]
    for text in texts:
        await held(service, text)
    async with visiting(service, "ada") as ada:
        _, page = await ada.post("search", {"text": "alert"})
        assert page.count("<mark>alert</mark>") == 4
        assert "<script>" not in page
        assert "<img" not in page
        assert 'data-name="RLO"' in page
