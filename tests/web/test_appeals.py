"""Appeals over HTTP: what a site may send, what a moderator is shown, who may decide."""

from __future__ import annotations

from typing import Any

import pytest

from moderation.domain.people import Role
from moderation.store.log import SERVICE
from tests.web.hostile import HOSTILE
from tests.web.kit import Service, secret
from tests.web.test_review import NOBODY, held, visiting

WORDS = "i meant the weather, kanarienvogel"


async def rejected(service: Service, text: str = "a fine day", **fields: Any) -> str:
    """Return a comment that Ada rejected on the page, at version 4; she has an account then."""
    comment, version = await held(service, text, **fields)
    async with visiting(service, "ada") as ada:
        said = {"id": comment, "version": version, "decision": "reject", "reason": "spam"}
        assert (await ada.post("decide", {**said, "note": "a note of hers"}))[0] == 200
    return comment


async def appeal(service: Service, comment: str, text: str = WORDS, **options: Any) -> Any:
    path = f"/v1/comments/{comment}/appeal"
    return await service.ask("POST", path, {"text": text}, **options)


async def test_an_appeal_is_answered_and_sent_again_is_the_same(service: Service):
    comment = await rejected(service)
    first = await appeal(service, comment)
    assert first.status == 200, first.text
    assert (first.body["appeal"]["status"], first.body["appeal"]["version"]) == ("open", 5)
    assert (first.body["decision"], first.body["version"]) == ("reject", 5)
    assert first.headers["ETag"] == '"5"'
    assert WORDS not in first.text
    assert (await appeal(service, comment)).body == first.body
    other = await appeal(service, comment, "other words")
    assert (other.status, other.body["type"].rpartition(":")[2]) == (409, "not-appealable")
    assert other.body["detail"] == "an appeal against this rejection is open already"
    history = await service.ask("GET", f"/v1/comments/{comment}/history", scope="moderate")
    assert [event["type"] for event in history.body["events"]][-2:] == ["decided", "appealed"]
    assert WORDS not in history.text
    read = await service.ask("GET", f"/v1/comments/{comment}")
    assert read.body == first.body


async def test_a_signed_appeal_names_its_comment(service: Service):
    comment = await rejected(service)
    path = f"/v1/comments/{comment}/appeal"
    unnamed = await service.signed("POST", path, {"text": WORDS})
    assert (unnamed.status, unnamed.body["errors"][0]["pointer"]) == (422, "/id")
    other = await service.signed("POST", path, {"text": WORDS, "id": NOBODY})
    assert (other.status, other.body["errors"][0]["pointer"]) == (422, "/id")
    body = {"text": WORDS, "id": comment}
    stranger = await service.signed("POST", path, body, with_secret=secret(9))
    assert stranger.status == 401
    first = await service.signed("POST", path, body)
    assert (first.status, first.body["appeal"]["status"]) == (200, "open")
    assert (await service.signed("POST", path, body)).body == first.body
    reused = await service.signed("POST", path, {**body, "text": "other words"})
    assert (reused.status, reused.body["type"].rpartition(":")[2]) == (409, "conflict")
    submitted = await service.signed("POST", "/v1/comments", body, name="msg_2")
    assert submitted.status == 422  # an appeal is no comment, and none is an appeal
    assert WORDS not in submitted.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"text": ""}, 422),
        ({"text": " \n "}, 422),
        ({"text": "x" * 5001}, 422),
        ({"text": 7}, 422),
        ({"text": "x", "more": 1}, 422),
        ({"text": "x", "id": "c_1"}, 422),
        ({"text": "x" * 5000}, 404),
    ],
)
async def test_what_is_no_appeal_is_refused(idle: Service, body: dict[str, Any], status: int):
    answer = await idle.ask("POST", f"/v1/comments/{NOBODY}/appeal", body)
    assert answer.status == status, answer.text
    assert "xxx" not in answer.text


async def test_only_the_site_itself_brings_one_against_a_rejection(service: Service):
    comment = await rejected(service)
    for options, status in (
        ({"scope": None}, 401),
        ({"scope": "moderate"}, 403),
        ({"scope": "admin"}, 403),
        ({"site": "other"}, 404),
    ):
        assert (await appeal(service, comment, **options)).status == status
    approved = await service.submit("a fine evening")
    answer = await appeal(service, approved["id"])
    assert answer.status == 409
    assert answer.body["detail"] == "only a comment that a person rejected can be appealed"
    service.draining[0] = True
    assert (await appeal(service, comment)).status == 503


async def test_a_page_shows_it_and_another_moderator_decides(service: Service):
    comment = await rejected(service, "<b>a fine day</b>")
    assert (await appeal(service, comment, "<script>alert(1)</script> \u202eback")).status == 200
    async with visiting(service, "grace") as grace:
        status, page = await grace.get("/appeals")
        assert (status, "1 waits." in page) == (200, True)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert '<bdi class="unseen" data-name="RLO">' in page
        assert "ada rejected it" in page
        assert "Spam or advertising." in page
        assert "a note of hers" in page
        said = {"id": comment, "version": 5, "granted": True}
        for wrong in ({"granted": "yes"}, {"granted": None}, {"note": ""}, {"more": 1}):
            assert (await grace.post("appeal", {**said, **wrong}))[0] == 422
        past = {"id": comment, "version": 5, "decision": "approve"}
        assert (await grace.post("decide", past))[0] == 403
        status, answer = await grace.post("appeal", {**said, "note": "fair enough"})
        assert (status, answer) == (200, {"version": 6, "decision": "approve"})
        assert await grace.post("appeal", {**said, "note": "fair enough"}) == (200, answer)
        assert "No appeal waits" in (await grace.get("/appeals"))[1]
        assert "granted its author" in (await grace.get(f"/item/{comment}"))[1]
        status, back = await grace.post("undo", {"id": comment, "version": 6})
        assert (status, back["decision"]) == (200, "reject")
        assert "1 waits." in (await grace.get("/appeals"))[1]
        assert "To the appeal" in (await grace.get(f"/item/{comment}"))[1]
        async with visiting(service, "bob") as bob:
            late = {"id": comment, "version": 5, "granted": False}
            status, news = await bob.post("appeal", late)
            assert (status, news["version"]) == (412, 7)
            assert "took their decision back; the appeal is open again" in news["message"]


async def test_whoever_rejected_it_does_not_decide(service: Service):
    comment, version = await held(service)
    async with visiting(service, "ada") as ada:
        said = {"id": comment, "version": version, "decision": "reject", "reason": "spam"}
        await ada.post("decide", said)
        await appeal(service, comment)
        assert "You rejected it: another moderator decides." in (await ada.get("/appeals"))[1]
        status, problem = await ada.post("appeal", {"id": comment, "version": 5, "granted": True})
        assert (status, problem["type"].rpartition(":")[2]) == (403, "four-eyes")
        assert problem["detail"].startswith("another moderator than the one who rejected it")
        assert (await ada.post("undo", {"id": comment, "version": 4}))[0] == 403
    relayed = {"decision": "approve", "actor": {"id": "7", "name": "Kim"}}
    path, known = f"/v1/comments/{comment}/decision", {"If-Match": '"5"'}
    answer = await service.ask("POST", path, relayed, scope="moderate", headers=known)
    assert (answer.status, answer.body["type"].rpartition(":")[2]) == (403, "four-eyes")


async def test_only_who_decides_sees_them_and_only_on_their_sites(service: Service):
    comment = await rejected(service)
    await appeal(service, comment)
    said = {"id": comment, "version": 5, "granted": True}
    async with visiting(service, "vera", Role.VIEWER) as vera:
        assert (await vera.get("/appeals"))[0] == 403
        assert "/appeals" not in (await vera.get("/"))[1]
        assert (await vera.post("appeal", said))[0] == 403
    async with visiting(service, "olga", sites=frozenset({"other"})) as olga:
        assert comment not in (await olga.get("/appeals"))[1]
        assert (await olga.get("/appeals?site=default"))[0] == 404
        assert (await olga.post("appeal", said))[0] == 404
        assert (await olga.post("appeal", {**said, "site": "default"}))[0] == 404
    async with visiting(service, "grace") as grace:
        for headers in ({"X-CSRF-Token": "x"}, {"Origin": "http://elsewhere.example"}):
            assert (await grace.post("appeal", said, **headers))[0] == 403
        assert (await grace.get("/appeals?cursor=elsewhere"))[0] == 400
        people = service.context.people
        known = await people.named("grace")
        await people.set_active(known.id, active=False, by=SERVICE)
        assert (await grace.post("appeal", said))[0] == 401
    assert (await service.ask("GET", f"/v1/comments/{comment}")).body["version"] == 5


async def test_hostile_words_are_inert(service: Service):
    comment = await rejected(service)
    words = "\n".join(HOSTILE)[:5000]
    assert (await appeal(service, comment, words)).status == 200
    async with visiting(service, "grace") as grace:
        _, page = await grace.get("/appeals")
        for tag in ("<script>", "<img", "<svg", "<iframe", '<a href="java'):
            assert tag not in page
