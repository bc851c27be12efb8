"""Submitting, editing and reading: statuses, headers, waiting, idempotency, the feed."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time

import pytest

from moderation.domain.errors import OverloadedError, SiteOverloadedError, StoreDownError
from tests.web.kit import HOOK, Service, serving, signature

FIELDS = {
    "id", "external_id", "revision", "version", "status", "decision", "decided_by", "reasons",
    "scores", "policy", "model", "language", "worst_part", "appeal", "text_sha256", "received_at",
    "decided_at",
}  # fmt: skip


async def test_a_mild_comment_is_approved_while_the_caller_waits(service: Service):
    answer = await service.ask(
        "POST", "/v1/comments", {"text": "a fine day"}, headers={"Prefer": "wait=5"}
    )
    assert answer.status == 200
    assert set(answer.body) == FIELDS
    assert (answer.body["status"], answer.body["decision"]) == ("decided", "approve")
    assert answer.body["text_sha256"] == hashlib.sha256(b"a fine day").hexdigest()
    assert answer.headers["ETag"] == f'"{answer.body["version"]}"'
    assert answer.headers["Preference-Applied"] == "wait=5"
    assert "Location" not in answer.headers
    assert "a fine day" not in answer.text


async def test_an_insult_is_held_with_its_reasons(service: Service):
    answer = await service.submit("you are an idiot", external_id="7")
    assert (answer["decision"], answer["decided_by"]) == ("hold", "model")
    assert {(one["code"], one["label"]) for one in answer["reasons"]} == {
        ("score_over_threshold", "toxicity"),
        ("score_over_threshold", "insult"),
    }
    assert answer["scores"]["insult"] == 0.9
    assert answer["model"] == {"name": "scripted", "version": "1"}


async def test_without_waiting_the_answer_says_where_to_ask(idle: Service):
    answer = await idle.ask("POST", "/v1/comments", {"text": "a fine day"})
    assert answer.status == 202
    assert (answer.body["status"], answer.body["decision"]) == ("pending", None)
    assert answer.headers["Retry-After"] == "1"
    assert "Preference-Applied" not in answer.headers
    found = await idle.ask("GET", answer.headers["Location"])
    assert (found.status, found.body) == (200, answer.body)


async def test_a_wait_that_ends_without_a_decision_is_pending(embedded_url: str):
    async with serving(embedded_url, works=False, wait_max_s=0.05) as service:
        answer = await service.ask(
            "POST", "/v1/comments", {"text": "a fine day"}, headers={"Prefer": "wait=60"}
        )
        assert answer.status == 202
        assert answer.headers["Preference-Applied"] == "wait=0.05"


async def test_a_wait_that_is_no_number_is_refused(idle: Service):
    for value in ("wait", "wait=", "wait=-1", "wait=1.5", "wait=a", "wait=١", 'wait="', "wait=5x"):
        answer = await idle.ask("POST", "/v1/comments", {"text": "hi"}, headers={"Prefer": value})
        assert answer.status == 400, value
    assert await idle.pending() == []


async def test_other_preferences_and_the_second_wait_are_ignored(service: Service):
    answer = await service.ask(
        "POST",
        "/v1/comments",
        {"text": "hi"},
        headers={"Prefer": 'respond-async, handling=lenient; x, Wait="2";a=b, wait=x'},
    )
    assert answer.status == 200
    assert answer.headers["Preference-Applied"] == "wait=2"


async def test_reading_waits_for_a_decision_too(service: Service):
    sent = await service.ask("POST", "/v1/comments", {"text": "hi"})
    found = await service.ask(
        "GET", f"/v1/comments/{sent.body['id']}", headers={"Prefer": "wait=5"}
    )
    assert found.body["decision"] == "approve"


async def test_the_etag_saves_sending_the_answer_again(service: Service):
    answer = await service.submit(external_id="é/7")
    path = f"/v1/comments/{answer['id']}"
    for known in ('"2"', 'W/"2"', '"1", "2"', "*"):
        again = await service.ask("GET", path, headers={"If-None-Match": known})
        assert (again.status, again.text) == (304, "")
        assert again.headers["ETag"] == '"2"'
    assert (await service.ask("GET", path, headers={"If-None-Match": '"1"'})).status == 200
    assert (await service.ask("GET", "/v1/comments", external_id="é/7")).body == answer


async def test_an_external_id_names_one_comment(idle: Service):
    first = await idle.ask("POST", "/v1/comments", {"text": "one", "external_id": "7"})
    again = await idle.ask("POST", "/v1/comments", {"text": "one", "external_id": "7"})
    other = await idle.ask("POST", "/v1/comments", {"text": "two", "external_id": "7"})
    assert (again.status, again.body) == (202, first.body)
    assert other.status == 409
    assert other.body["type"].endswith(":conflict")
    elsewhere = await idle.ask(
        "POST", "/v1/comments", {"text": "two", "external_id": "7"}, site="other"
    )
    assert elsewhere.status == 202
    assert elsewhere.body["id"] != first.body["id"]


async def test_an_idempotency_key_names_one_body(idle: Service):
    named = {"Idempotency-Key": "k-1"}
    first = await idle.ask("POST", "/v1/comments", {"text": "one"}, headers=named)
    again = await idle.ask("POST", "/v1/comments", {"text": "one"}, headers=named)
    other = await idle.ask("POST", "/v1/comments", {"text": "two"}, headers=named)
    as_id = await idle.ask("POST", "/v1/comments", {"text": "one"}, headers={"webhook-id": "k-1"})
    unnamed = await idle.ask("POST", "/v1/comments", {"text": "one"})
    assert again.body == first.body == as_id.body
    assert other.status == 409
    assert unnamed.body["id"] != first.body["id"]


async def test_an_idempotency_key_is_a_plain_name(idle: Service):
    for value in ("", "x" * 257, "naïve", "a\tb"):
        named = {"Idempotency-Key": value}
        answer = await idle.ask("POST", "/v1/comments", {"text": "one"}, headers=named)
        assert answer.status == 400, value


async def test_a_replayed_message_is_the_comment_that_it_was(idle: Service):
    before = time.time()
    first = await idle.signed("POST", "/v1/comments", {"text": "one"}, at=before - 200)
    again = await idle.signed("POST", "/v1/comments", {"text": "one"}, at=before + 200)
    fresh = await idle.signed("POST", "/v1/comments", {"text": "one"}, name="msg_2")
    assert first.status == 202
    assert again.body == first.body
    assert fresh.body["id"] != first.body["id"]


@pytest.mark.parametrize(
    ("body", "pointer", "meant"),
    [
        ({"text": "fine", "externalid": "1"}, "", "; `external_id` is"),
        ({"text": "fine", "author": {"nam": "Ada"}}, "/author", "; `name` is"),
        ({"text": "fine", "kanarienvogel": 1}, "", ""),
    ],
)
async def test_a_mistyped_field_is_told_by_the_one_that_is_meant(
    idle: Service, body: dict[str, object], pointer: str, meant: str
):
    answer = await idle.ask("POST", "/v1/comments", body)
    assert answer.status == 422
    assert answer.body["errors"] == [
        {"pointer": pointer, "message": f"a field that is not known here{meant}"}
    ]


async def test_a_replay_can_not_be_renamed(idle: Service):
    raw = b'{"text": "one"}'
    signed = signature(raw)
    assert (
        await idle.ask("POST", "/v1/comments", raw=raw, scope=None, headers=signed)
    ).status == 202
    for name, status in (("msg_1", 202), ("msg_2", 400)):
        answer = await idle.ask(
            "POST", "/v1/comments", raw=raw, scope=None,
            headers={**signed, "Idempotency-Key": name},
        )  # fmt: skip
        assert answer.status == status


async def test_a_callback_goes_to_the_sites_own_origins(idle: Service):
    good = await idle.ask("POST", "/v1/comments", {"text": "one", "callback_url": HOOK})
    assert good.status == 202
    keys = await idle.keys()
    for url in ("https://evil.example/hook", "http://cms.example/", "file:///etc/passwd", "", "x"):
        answer = await idle.ask("POST", "/v1/comments", {"text": "one", "callback_url": url})
        assert answer.status == 422
        assert answer.body["errors"][0]["pointer"] == "/callback_url"
    assert await idle.keys() == keys


async def test_an_erased_comment_stays_erased_when_sent_again(service: Service):
    sent = await service.submit("a fine day", external_id="7")
    await service.ask("DELETE", f"/v1/comments/{sent['id']}", scope="admin")
    again = await service.ask("POST", "/v1/comments", {"text": "a fine day", "external_id": "7"})
    assert (again.status, again.body["status"]) == (200, "erased")
    edit = await service.ask("PUT", f"/v1/comments/{sent['id']}", {"text": "a new day"})
    assert edit.status == 404


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (OverloadedError(7), 503, "7"),
        (SiteOverloadedError(9), 429, "9"),
        (StoreDownError("down"), 503, "1"),
        (RuntimeError("a fine day"), 500, None),
    ],
)
async def test_a_refusal_says_when_to_come_again(
    idle: Service, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, retry_after: str
):
    async def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(type(idle.context.intake), "submit", refuse)
    answer = await idle.ask("POST", "/v1/comments", {"text": "a fine day"})
    assert (answer.status, answer.headers.get("Retry-After")) == (status, retry_after)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "a fine day" not in answer.text
    batch = await idle.ask("POST", "/v1/comments/batch", {"comments": [{"text": "a fine day"}]})
    assert batch.headers.get("Retry-After") == retry_after
    assert [one["status"] for one in batch.body["results"]] == [status]


async def test_a_full_queue_is_told_while_reading_goes_on(embedded_url: str):
    async with serving(embedded_url, works=False) as service:
        limits = service.context.intake._accepts._limits
        object.__setattr__(limits, "max_depth", 1)
        first = await service.submit("one", wait=0)
        full = await service.ask("POST", "/v1/comments", {"text": "two"})
        assert full.status == 503
        assert int(full.headers["Retry-After"]) >= 1
        assert (await service.ask("GET", f"/v1/comments/{first['id']}")).status == 200


async def test_a_process_that_is_to_end_takes_nothing_new(idle: Service):
    sent = await idle.submit("one", wait=0)
    idle.draining[0] = True
    for method, path in (
        ("POST", "/v1/comments"),
        ("POST", "/v1/comments/batch"),
        ("PUT", f"/v1/comments/{sent['id']}"),
    ):
        answer = await idle.ask(method, path, {"text": "two"})
        assert answer.status == 503
        assert answer.body["type"].endswith(":draining")
        assert answer.headers["Connection"] == "close"
    read = await idle.ask("GET", f"/v1/comments/{sent['id']}")
    assert (read.status, read.headers["Connection"]) == (200, "close")


async def test_concurrent_duplicates_are_one_comment(service: Service):
    answers = await asyncio.gather(
        *(service.submit("a fine day", external_id="7") for _ in range(10))
    )
    assert len({one["id"] for one in answers}) == 1
    assert {one["version"] for one in answers} == {2}
    assert re.fullmatch(r"c_[0-9a-f]{32}", answers[0]["id"])
