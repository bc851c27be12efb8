"""Edits, batches and the feed: what a CMS does beside submitting one comment."""

from __future__ import annotations

import pytest

from tests.web.kit import Service


async def test_an_edit_is_a_new_revision_decided_anew(service: Service):
    first = await service.submit("a fine day", external_id="7")
    path = f"/v1/comments/{first['id']}"
    edited = await service.ask(
        "PUT", path, {"text": "you idiot", "external_id": "7"}, headers={"Prefer": "wait=5"}
    )
    assert edited.status == 200
    assert (edited.body["revision"], edited.body["decision"]) == (2, "hold")
    same = await service.ask("PUT", path, {"text": "you idiot"}, headers={"Prefer": "wait=5"})
    assert same.body == edited.body


async def test_an_edit_names_a_comment_that_is_there(idle: Service):
    sent = await idle.ask("POST", "/v1/comments", {"text": "one", "external_id": "7"})
    path = f"/v1/comments/{sent.body['id']}"
    wrong = await idle.ask("PUT", path, {"text": "two", "external_id": "8"})
    assert wrong.status == 422
    assert wrong.body["errors"][0]["pointer"] == "/external_id"
    absent = f"/v1/comments/c_{'a' * 32}"
    assert (await idle.ask("PUT", absent, {"text": "two"})).status == 404
    assert (await idle.ask("PUT", path, {"text": "two"}, site="other")).status == 404


async def test_a_signed_edit_is_bound_to_its_comment_by_its_body(idle: Service):
    """A signature covers no path: a message must not edit what it does not name."""
    one = await idle.signed("POST", "/v1/comments", {"text": "one", "external_id": "1"}, name="m1")
    two = await idle.signed("POST", "/v1/comments", {"text": "two", "external_id": "2"}, name="m2")
    edit = {"text": "one, edited", "external_id": "1"}
    right, wrong = (f"/v1/comments/{answer.body['id']}" for answer in (one, two))
    assert (await idle.signed("PUT", right, edit, name="m3")).status == 202
    assert (await idle.signed("PUT", wrong, edit, name="m3")).status == 422
    assert (await idle.signed("PUT", right, {"text": "unnamed"}, name="m4")).status == 422
    old = await idle.signed("PUT", right, {"text": "one", "external_id": "1"}, name="m1")
    assert old.body["revision"] == 2, "the first message, replayed as an edit, takes nothing back"


async def test_a_batch_answers_for_each_comment(idle: Service):
    items = [
        {"text": "one", "external_id": "1"},
        {"text": "two", "extra": 1},
        {"text": "other", "external_id": "1"},
        "no object",
        {"text": "three", "callback_url": "https://evil.example/"},
        {"text": "four"},
    ]
    answer = await idle.ask("POST", "/v1/comments/batch", {"comments": items})
    assert answer.status == 200
    results = answer.body["results"]
    assert [one["status"] for one in results] == [202, 422, 409, 422, 422, 202]
    assert results[0]["comment"]["external_id"] == "1"
    assert results[1]["problem"]["errors"][0]["pointer"] == ""
    assert len(await idle.pending()) == 2


async def test_a_batch_sent_again_is_the_same_comments(idle: Service):
    body = {"comments": [{"text": "same"}, {"text": "same"}]}
    first = await idle.signed("POST", "/v1/comments/batch", body)
    again = await idle.signed("POST", "/v1/comments/batch", body)
    assert again.body == first.body
    assert len({one["comment"]["id"] for one in first.body["results"]}) == 2


@pytest.mark.parametrize("count", [0, 101])
async def test_a_batch_has_1_to_100_comments(idle: Service, count: int):
    body = {"comments": [{"text": "one"}] * count}
    assert (await idle.ask("POST", "/v1/comments/batch", body)).status == 422


async def test_every_decision_is_in_the_feed_in_order(service: Service):
    texts = ["a fine day", "you idiot", "another day"]
    sent = [await service.submit(text) for text in texts]
    first = (await service.ask("GET", "/v1/decisions", limit="2")).body
    assert first["decisions"] == sent[:2]
    rest = (await service.ask("GET", "/v1/decisions", after=first["next"])).body
    assert rest["decisions"] == sent[2:]
    end = (await service.ask("GET", "/v1/decisions", after=rest["next"])).body
    assert end == {"decisions": [], "next": rest["next"]}
    assert (await service.ask("GET", "/v1/decisions", site="other")).body["decisions"] == []


async def test_what_has_no_decision_is_listed_page_by_page(idle: Service):
    sent = [await idle.submit(f"text {n}", wait=0) for n in range(3)]
    found, cursor = [], {}
    for _ in range(3):
        page = (await idle.ask("GET", "/v1/decisions", pending="1", limit="1", **cursor)).body
        found += page["decisions"]
        cursor = {"after": page["next"]}
    assert sorted(one["id"] for one in found) == sorted(one["id"] for one in sent)
