"""What the page's script posts, as the service sees it: who may, what is refused, what is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from moderation.domain.people import Role
from moderation.store import tallies
from moderation.store.log import SERVICE
from tests.web.kit import Service
from tests.web.signing_in import PASSWORD, person

NOBODY = f"c_{'0' * 32}"


@dataclass
class Visitor:
    """Somebody who is signed in, as their page's script calls."""

    service: Service
    http: aiohttp.ClientSession
    csrf: str

    async def post(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        return await self.post_raw(path, json.dumps(body or {}), **headers)

    async def post_raw(self, path: str, body: str, **headers: str) -> tuple[int, Any]:
        own = {"Origin": self.service.url, "X-CSRF-Token": self.csrf}
        sent = own | {"Content-Type": "application/json"} | headers
        url = f"{self.service.url}/review/{path}"
        async with self.http.post(url, data=body, headers=sent) as response:
            text = await response.text()
            return response.status, json.loads(text) if "json" in response.content_type else text

    async def get(self, path: str, accept: str = "*/*") -> tuple[int, str]:
        url = self.service.url + path
        async with self.http.get(url, headers={"Accept": accept}) as response:
            return response.status, await response.text()


@asynccontextmanager
async def visiting(
    service: Service, name: str, role: Role = Role.MODERATOR, sites: frozenset[str] | None = None
) -> AsyncIterator[Visitor]:
    people = service.context.people
    if sites is None:
        await person(service, name, role)
    else:
        await people.add(name, role, sites, PASSWORD, by=SERVICE)
    signed = await people.sign_in(name, PASSWORD, client="127.0.0.1")
    cookies = {"moderation_session": signed.token}
    async with aiohttp.ClientSession(cookies=cookies) as http:
        yield Visitor(service, http, signed.csrf)


async def held(service: Service, text: str = "a fine day", **fields: Any) -> tuple[str, int]:
    """Return a comment that a colleague has put on hold, and its version."""
    answer = await service.submit(text, **fields)
    said = {"decision": "hold", "actor": {"id": "7", "name": "Kim"}}
    path, known = f"/v1/comments/{answer['id']}/decision", {"If-Match": f'"{answer["version"]}"'}
    decided = await service.ask("POST", path, said, scope="moderate", headers=known)
    assert decided.status == 200, decided.text
    return answer["id"], decided.body["version"]


async def test_a_decision_is_made_on_what_was_seen(service: Service):
    comment, version = await held(service)
    said = {"id": comment, "version": version, "decision": "approve"}
    async with visiting(service, "ada") as ada, visiting(service, "grace") as grace:
        status, answer = await ada.post("decide", said)
        assert (status, answer) == (200, {"version": version + 1, "decision": "approve"})
        assert await ada.post("decide", said) == (200, answer)  # a retry
        late = {**said, "decision": "reject", "reason": "spam"}
        status, news = await grace.post("decide", late)
        assert (status, news["version"]) == (412, version + 1)
        assert news["message"].startswith("ada approved it, ")
        status, _ = await grace.post("undo", {"id": comment, "version": version + 1})
        assert status == 412
        status, back = await ada.post("undo", {"id": comment, "version": version + 1})
        assert (status, back["decision"]) == (200, "hold")


@pytest.mark.parametrize(
    "wrong",
    [
        {"decision": "reject"},
        {"decision": "reject", "reason": "because"},
        {"decision": "approve", "reason": "spam"},
        {"decision": "hold"},
        {"version": 0},
        {"id": "c_1"},
        {"note": ""},
        {"more": 1},
    ],
)
async def test_what_makes_no_sense_changes_nothing(idle: Service, wrong: dict[str, Any]):
    async with visiting(idle, "ada") as ada:
        status, _ = await ada.post(
            "decide", {"id": NOBODY, "version": 1, "decision": "approve", **wrong}
        )
        assert status in {400, 422}


async def test_a_body_that_is_no_object_is_refused_and_says_so(idle: Service):
    async with visiting(idle, "ada") as ada:
        for path in ("decide", "undo", "release", "bulk", "bulk/preview", "sign-out"):
            for body in (None, [], 7, "text", [{}]):
                status, said = await ada.post_raw(path, json.dumps(body))
                assert status in {400, 422}, (path, body)
                assert "object" in json.dumps(said), (path, body)
        assert (await ada.get("/settings"))[0] == 200, "still signed in"


async def test_a_comment_s_own_page_and_an_author_who_was_not_named(service: Service):
    comment, _ = await held(service)
    async with visiting(service, "ada") as ada:
        _, page = await ada.get(f"/item/{comment}")
        assert "History</a>" not in page
        assert "History</a>" in (await ada.get("/"))[1]
        _, drawer = await ada.get(f"/review/author/{comment}")
        assert "The site named no author" in drawer
        assert "Posted" not in drawer


async def test_a_reason_to_reject_reads_as_configured_everywhere(service: Service):
    comment, version = await held(service)
    said = {"id": comment, "version": version, "decision": "reject", "reason": "off_topic"}
    spam = {**said, "reason": "spam"}
    async with visiting(service, "ada") as ada, visiting(service, "grace") as grace:
        assert (await ada.post("decide", spam))[0] == 200
        status, news = await grace.post("decide", said)
        assert (status, news["message"]) == (
            412,
            "ada rejected it (spam or advertising), just now.",
        )
        _, page = await ada.get(f"/item/{comment}")
        assert "ada rejected it (spam or advertising)" in page
        assert "A moderator decided: spam or advertising." in page
        assert (
            "not set; an operator names the countries"
            in (await ada.get(f"/item/{comment}/statement"))[1]
        )


async def test_only_the_page_posts_and_only_for_who_may(idle: Service):
    said = {"id": NOBODY, "version": 1, "decision": "approve"}
    async with visiting(idle, "ada") as ada:
        assert (await ada.post("decide", said))[0] == 404
        for headers in ({"X-CSRF-Token": "x"}, {"Origin": "http://elsewhere.example"}):
            assert (await ada.post("decide", said, **headers))[0] == 403
        assert (await ada.post("sign-out"))[0] == 200
        assert (await ada.post("decide", said))[0] == 401
    async with visiting(idle, "vera", Role.VIEWER) as vera:
        assert (await vera.get("/review/cards"))[0] == 200
        for path in ("decide", "undo", "escalate", "renew", "release"):
            assert (await vera.post(path, said))[0] == 403


async def test_a_site_that_somebody_may_not_see_is_none(service: Service):
    comment, version = await held(service)
    async with visiting(service, "olga", sites=frozenset({"other"})) as olga:
        said = {"id": comment, "version": version, "decision": "approve"}
        assert (await olga.post("decide", said))[0] == 404
        assert (await olga.post("decide", {**said, "site": "default"}))[0] == 404
        for path in (
            f"/item/{comment}",
            f"/review/text/{comment}",
            f"/item/{comment}?site=default",
        ):
            assert (await olga.get(path))[0] == 404
        status, page = await olga.post("search", {"id": comment})
        assert (status, comment in page) == (200, False)


async def test_pages_hold_what_they_should_and_refuse_what_means_nothing(service: Service):
    comment, _ = await held(service, "<script>alert(1)</script>", author={"id": "u-1"})
    async with visiting(service, "ada") as ada:
        for path in ("/", f"/item/{comment}", "/review/cards", f"/review/text/{comment}"):
            status, page = await ada.get(path)
            assert (status, "&lt;script&gt;" in page) == (200, True), path
            assert "<script>" not in page
        for path in (f"/review/author/{comment}", f"/review/thread/{comment}",
                     f"/review/history/{comment}", "/search", "/settings"):  # fmt: skip
            assert (await ada.get(path))[0] == 200, path
        assert (await ada.get("/?order=best"))[0] == 400
        assert (await ada.get("/?escalated=1"))[0] == 403
        assert 'name="escalated"' not in (await ada.get("/"))[1]
        assert (await ada.get(f"/item/{NOBODY}"))[0] == 404
        assert (await ada.post("search", {"id": comment, "author": "u-1"}))[0] == 400
        assert comment in (await ada.post("search", {"author": "u-1"}))[1]


async def test_what_was_drawn_to_be_read_is_not_chosen_with_others(service: Service):
    await tallies.configure(service.store, keep_ms=10**9, sample_share=1.0)
    drawn = (await service.submit("a fine day"))["id"]
    await tallies.configure(service.store, keep_ms=10**9, sample_share=0.0)
    comment, _ = await held(service, "another one")
    async with visiting(service, "ada") as ada:
        _, page = await ada.get("/")
        assert "Drawn by lot" in page
        assert [drawn in page, comment in page] == [True, True]
        assert page.count("Select this comment") == 1
        assert "Drawn by lot" not in (await ada.get("/?author=u-1"))[1]


async def test_claims_are_kept_and_given_back(service: Service):
    comment, _ = await held(service)
    async with visiting(service, "ada") as ada, visiting(service, "grace") as grace:
        assert comment in (await ada.get("/review/cards"))[1]
        assert comment not in (await grace.get("/review/cards"))[1]
        assert (await ada.post("renew", {"ids": [comment, NOBODY]}))[1] == {"ids": [comment]}
        assert (await grace.post("renew", {"ids": [comment]}))[1] == {"ids": []}
        await ada.post("release", {"ids": [comment]})
        assert comment in (await grace.get("/review/cards"))[1]


async def test_an_open_page_is_told_what_happens_and_ends_with_the_service(service: Service):
    comment, version = await held(service)
    following = asyncio.create_task(service.context.live.run())
    async with (
        visiting(service, "ada") as ada,
        visiting(service, "grace") as grace,
        ada.http.get(f"{service.url}/review/events") as stream,
    ):
        assert stream.headers["X-Accel-Buffering"] == "no"
        assert stream.content_type == "text/event-stream"
        assert (await stream.content.readline()).startswith(b"retry:")
        said = {"id": comment, "version": version, "decision": "reject", "reason": "spam"}
        assert (await grace.post("decide", said))[0] == 200
        line = b""
        while not line.startswith(b"data:"):
            line = await stream.content.readline()
        event = json.loads(line.removeprefix(b"data:"))
        assert (event["id"], event["version"], event["type"]) == (
            comment,
            version + 1,
            "decided",
        )
        assert event["message"].startswith("grace rejected it")
        assert "fine day" not in line.decode()
        service.context.live.close()
        assert b"data:" not in await stream.content.read()
    following.cancel()
    await asyncio.wait([following])
