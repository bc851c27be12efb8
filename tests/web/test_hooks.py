"""Hooks: other systems' webhooks become submissions, by their own maps and their own proof."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64encode
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from moderation.domain.signature import sign
from moderation.hooks import Hook, shipped
from moderation.web.hooks.mapping import Event, body_of, event_of
from moderation.web.problems import Problem
from tests.web.kit import Answer, Service, serving

SECRET = "0123456789abcdef"
WHSEC = "whsec_" + b64encode(b"a secret of the sender's own").decode()
HOOKS = {
    "strapi": {"map": "strapi", "proof": "header", "header": "Authorization"},
    "directus": {"map": "directus", "proof": "header", "header": "X-Token"},
    "payload": {"map": "payload", "proof": "sha256", "header": "X-Signature-256"},
    "form": {"map": "form", "proof": "standard"},
}
#: As the systems document them (the sources stand in the maps), with a mild comment.
STRAPI = {
    "event": "entry.create", "createdAt": "2026-01-10T08:47:36.649Z", "model": "comment",
    "uid": "api::comment.comment",
    "entry": {
        "id": 1, "documentId": "hgv1vny5cebq2l3czil1rpb3", "locale": "en",
        "content": "a fine day", "createdAt": "2026-01-10T08:47:36.264Z",
        "author": {"id": 4, "documentId": "auth0000", "name": "Bo"},
        "article": {"id": 9, "documentId": "arti0000", "title": "The bridge"},
    },
}  # fmt: skip
DIRECTUS = {
    "event": "comments.items.create", "collection": "comments", "key": 17,
    "payload": {"content": "a fine day", "article": 9, "author_name": "Bo"},
    "accountability": {"user": "d2a4", "role": "editor", "admin": False},
}  # fmt: skip
PAYLOAD = {
    "collection": "comments", "operation": "create",
    "doc": {"id": "66a1", "content": "a fine day", "author": {"id": "u1", "name": "Bo"},
            "post": "p1", "createdAt": "2026-01-10T08:47:36.264Z"},
}  # fmt: skip
FORM = {"id": "f-1", "comment": "a fine day", "name": "Bo", "email": "bo@blog.example",
        "article": "a-3"}  # fmt: skip


def hook(name: str, **more: Any) -> Hook:
    return Hook.model_validate({
        "site": "default", "secrets": [WHSEC if name == "form" else SECRET], **HOOKS[name], **more,
    })  # fmt: skip


@pytest.fixture
async def hooked(embedded_url: str):
    hooks = {name: hook(name) for name in HOOKS}
    async with serving(embedded_url, hooks=hooks) as service:
        yield service


def proof(name: str, body: bytes, secret: str | None = None) -> dict[str, str]:
    if name == "form":
        now = int(time.time())
        return sign([secret or WHSEC], "msg_1", now, body)
    said = secret or SECRET
    if name == "payload":
        digest = hmac.new(said.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Signature-256": f"sha256={digest}"}
    return {HOOKS[name]["header"]: said}


async def post(
    service: Service, name: str, payload: object, *, headers: dict[str, str] | None = None,
    wait: int | None = 30,
) -> Answer:  # fmt: skip
    is_form = name == "form"
    body = urlencode(payload).encode() if is_form else json.dumps(payload).encode()
    kind = "application/x-www-form-urlencoded" if is_form else "application/json"
    sent = {"Content-Type": kind, **(proof(name, body) if headers is None else headers)}
    if wait is not None:
        sent["Prefer"] = f"wait={wait}"
    return await service.ask("POST", f"/v1/hooks/{name}", raw=body, scope=None, headers=sent)


@pytest.mark.parametrize(
    ("name", "payload", "external_id", "author", "article"),
    [
        ("strapi", STRAPI, "hgv1vny5cebq2l3czil1rpb3", "auth0000", "arti0000"),
        ("directus", DIRECTUS, "17", "d2a4", "9"),
        ("payload", PAYLOAD, "66a1", "u1", "p1"),
        ("form", FORM, "f-1", "bo@blog.example", "a-3"),
    ],
)
async def test_a_documented_payload_is_a_comment_and_is_decided(
    hooked: Service, name: str, payload: dict[str, Any], external_id: str, author: str, article: str
):
    answer = await post(hooked, name, payload)
    assert answer.status == 200
    assert (answer.body["external_id"], answer.body["decision"]) == (external_id, "approve")
    said = body_of(hook(name), payload)
    assert (said.text, said.author.id, said.author.name) == ("a fine day", author, "Bo")
    assert said.context.article_id == article
    again = await post(hooked, name, payload)
    assert (again.status, again.body["id"]) == (200, answer.body["id"])


async def test_without_waiting_it_is_accepted_and_looked_at_later(hooked: Service):
    answer = await post(hooked, "strapi", STRAPI, wait=None)
    assert answer.status in {200, 202}
    assert answer.headers["ETag"]


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("strapi", STRAPI | {"event": "entry.update",
                             "entry": STRAPI["entry"] | {"content": "you are an idiot"}}),
        ("directus", {"event": "comments.items.update", "keys": ["17"], "collection": "comments",
                      "payload": {"content": "you are an idiot"}}),
        ("payload", PAYLOAD | {"operation": "update",
                               "doc": PAYLOAD["doc"] | {"content": "you are an idiot"}}),
    ],
)  # fmt: skip
async def test_an_edit_is_the_next_text_of_the_same_comment(
    hooked: Service, name: str, payload: dict[str, Any]
):
    before = {"strapi": STRAPI, "directus": DIRECTUS, "payload": PAYLOAD}[name]
    first = await post(hooked, name, before)
    edited = await post(hooked, name, payload)
    assert edited.status == 200
    assert (edited.body["id"], edited.body["revision"]) == (first.body["id"], 2)
    assert edited.body["decision"] == "hold"
    late = await post(hooked, name, before)
    assert late.status == 409, "what was created before is not the newer text"


async def test_an_edit_that_comes_first_is_the_comment(hooked: Service):
    answer = await post(hooked, "payload", PAYLOAD | {"operation": "update"})
    assert (answer.status, answer.body["revision"]) == (200, 1)


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("strapi", STRAPI | {"event": "entry.delete"}),
        ("strapi", STRAPI | {"model": "article"}),
        ("directus", DIRECTUS | {"event": "comments.items.delete"}),
        ("directus", {"event": "comments.items.update", "keys": ["17"], "payload": {"likes": 3}}),
        ("payload", PAYLOAD | {"operation": "delete"}),
    ],
)
async def test_what_tells_of_no_text_is_ignored(
    hooked: Service, name: str, payload: dict[str, Any]
):
    answer = await post(hooked, name, payload)
    assert (answer.status, answer.body) == (200, {"status": "ignored"})
    assert (await hooked.ask("GET", "/v1/decisions")).body["decisions"] == []


@pytest.mark.parametrize(
    ("name", "payload", "pointers"),
    [
        ("strapi", STRAPI | {"entry": {"id": 1}}, ["/text"]),
        ("strapi", STRAPI | {"entry": {}}, ["/text", "/external_id"]),
        ("strapi", STRAPI | {"entry": {"id": 1, "content": ["kanarienvogel"]}}, ["/text"]),
        ("strapi", STRAPI | {"entry": {"id": 1, "content": 7}}, ["/text"]),
        ("directus", {"event": None, "payload": {"content": "kanarienvogel"}}, ["/edited"]),
        ("payload", PAYLOAD | {"doc": {"id": {"kanarienvogel": 1}, "text": "x"}}, ["/external_id"]),
    ],
)  # fmt: skip
async def test_what_does_not_map_is_refused_by_the_names_of_fields(
    hooked: Service, name: str, payload: dict[str, Any], pointers: list[str]
):
    answer = await post(hooked, name, payload)
    assert answer.status == 422
    assert [fault["pointer"] for fault in answer.body["errors"]] in (pointers, pointers[:1])
    assert "kanarienvogel" not in str(answer.body)


@pytest.mark.parametrize("name", ["strapi", "directus", "payload", "form"])
async def test_only_the_sender_is_heard(hooked: Service, name: str):
    payload = {"strapi": STRAPI, "directus": DIRECTUS, "payload": PAYLOAD, "form": FORM}[name]
    for headers in ({}, proof(name, b"another body, or another secret", "whsec_" + "A" * 32)):
        answer = await post(hooked, name, payload, headers=headers)
        assert answer.status == 401
    assert (await hooked.ask("GET", "/v1/decisions")).body["decisions"] == []


async def test_a_stale_signature_is_refused(hooked: Service):
    body = urlencode(FORM).encode()
    then = int(time.time()) - 600
    headers = sign([WHSEC], "m", then, body)
    assert (await post(hooked, "form", FORM, headers=headers)).status == 401


async def test_no_such_hook_is_told_as_a_stranger_is(hooked: Service):
    body = json.dumps(STRAPI).encode()
    headers = {"Content-Type": "application/json", "Authorization": SECRET}
    stranger = await hooked.ask("POST", "/v1/hooks/none", raw=body, scope=None, headers=headers)
    assert stranger.status == 401


async def test_both_secrets_open_it_while_one_is_rotated(embedded_url: str):
    new = "fedcba9876543210"
    hooks = {"payload": hook("payload", secrets=[new, SECRET])}
    async with serving(embedded_url, hooks=hooks) as service:
        body = json.dumps(PAYLOAD).encode()
        for secret in (new, SECRET):
            answer = await post(service, "payload", PAYLOAD, headers=proof("payload", body, secret))
            assert answer.status == 200


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"map": "wordpress"}, "map"),
        ({"map": None}, "text and external_id|external_id and text"),
        ({"fields": {"text": "a b"}}, "JMESPath"),
        ({"created": "end_with(event, 'create')"}, "JMESPath"),
        ({"created": "ends_with(event)"}, "JMESPath"),
        ({"header": None}, "header"),
        ({"proof": "standard"}, "header"),
        ({"proof": "standard", "header": None}, "whsec_"),
        ({"secrets": ["short"]}, "secrets"),
        ({"secrets": []}, "secrets"),
    ],
)
def test_a_hook_that_could_not_work_is_refused_at_the_start(wrong: dict[str, Any], why: str):
    with pytest.raises(ValidationError, match=why):
        hook("strapi", **wrong)


def test_a_hook_s_own_expressions_go_before_the_map_s():
    own = hook("strapi", created="kind == 'new'", fields={"text": "said"})
    payload = {"kind": "new", "said": "a fine day", "entry": {"id": 3, "content": "another"}}
    assert event_of(own, payload) is Event.CREATED
    assert (body_of(own, payload).text, body_of(own, payload).external_id) == ("a fine day", "3")
    assert event_of(own, STRAPI) is Event.OTHER


@pytest.mark.parametrize(
    ("created", "payload"),
    [
        ("contains('create update', kind)", {"kind": None}),
        ("kind > `1`", {"kind": "kanarienvogel"}),
        ("kind > other", {"kind": "kanarienvogel", "other": 1}),
        ("ceil(to_number(kind)) == `1`", {"kind": "inf"}),
        ("floor(to_number(kind)) == `1`", {"kind": "nan"}),
        ("length(kind) == `1`", {"kind": 7}),
    ],
)
def test_what_an_expression_can_t_be_asked_of_is_refused_by_its_name(
    created: str, payload: dict[str, Any]
):
    with pytest.raises(Problem) as refused:
        event_of(hook("strapi", created=created), payload)
    assert refused.value.status == 422
    assert [one["pointer"] for one in refused.value.extra["errors"]] == ["/created"]
    assert "kanarienvogel" not in str(refused.value.extra)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                    lambda one: st.lists(one, max_size=3)
                    | st.dictionaries(st.sampled_from(["entry", "payload", "doc", "key", "keys",
                                                       "event", "model", "operation", "id"]), one,
                                      max_size=4), max_leaves=12))  # fmt: skip
def test_any_payload_maps_is_ignored_or_is_refused(payload: object):
    for name in shipped():
        with suppress(Problem):
            if event_of(hook(name), payload) is not Event.OTHER:
                body_of(hook(name), payload)


async def test_whatever_is_sent_the_answer_is_a_problem_or_an_answer(hooked: Service):
    bodies: list[tuple[str, bytes]] = []
    texts = st.text(max_size=30).map(str.encode)
    near = st.sampled_from([STRAPI, DIRECTUS, PAYLOAD]).map(lambda one: json.dumps(one).encode())

    @settings(max_examples=120, deadline=None, database=None)
    @given(st.sampled_from(sorted(HOOKS)), st.binary(max_size=60) | texts | near, st.integers(0, 9))
    def collect(name: str, body: bytes, cut: int) -> None:
        bodies.append((name, body[: len(body) - cut]))

    collect()
    for name, body in bodies:
        kind = "application/x-www-form-urlencoded" if name == "form" else "application/json"
        headers = {"Content-Type": kind, **proof(name, body)}
        answer = await hooked.ask(
            "POST", f"/v1/hooks/{name}", raw=body, scope=None, headers=headers
        )
        assert answer.status in {200, 202, 400, 409, 422}
        if answer.status >= 400:
            assert answer.headers["Content-Type"].startswith("application/problem+json")
