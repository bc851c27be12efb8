"""Who may do what: every route by every kind of caller; a route without a row fails."""

from __future__ import annotations

import time

import pytest

from moderation.store import api_keys
from moderation.store.log import SERVICE
from moderation.web.native import ROUTES
from tests.web.kit import Answer, Service, key, secret, serving, signature

COMMENT = "c_" + "a" * 32
CALLERS = ("anonymous", "submit", "moderate", "admin", "other site", "signature")

#: What each caller is answered, in the order of CALLERS. The other site's key has every scope.
EXPECTED = {
    ("POST", "/v1/comments"): (401, 202, 403, 403, 202, 202),
    ("POST", "/v1/comments/batch"): (401, 200, 403, 403, 200, 200),
    ("PUT", "/v1/comments/{id}"): (401, 202, 403, 403, 404, 202),
    ("GET", "/v1/comments/{id}"): (401, 200, 403, 403, 404, 401),
    ("GET", "/v1/comments"): (401, 200, 403, 403, 404, 401),
    ("GET", "/v1/decisions"): (401, 200, 403, 403, 200, 401),
    ("GET", "/v1/queue"): (401, 403, 200, 403, 200, 401),
    ("POST", "/v1/comments/{id}/decision"): (401, 403, 200, 403, 404, 401),
    ("GET", "/v1/comments/{id}/history"): (401, 403, 200, 403, 404, 401),
    ("POST", "/v1/comments/{id}/appeal"): (401, 409, 403, 403, 404, 409),
    ("GET", "/v1/comments/{id}/statement"): (401, 403, 404, 403, 404, 401),
    ("GET", "/v1/comments/{id}/explain"): (401, 403, 200, 403, 404, 401),
    ("DELETE", "/v1/comments/{id}"): (401, 403, 403, 200, 404, 401),
    ("GET", "/v1/callbacks"): (401, 403, 403, 200, 200, 401),
    ("POST", "/v1/callbacks/{id}/retry"): (401, 403, 403, 404, 404, 401),
}


def test_every_route_has_a_row():
    assert {(route.method, route.path) for route in ROUTES} == set(EXPECTED)


@pytest.mark.parametrize("caller", CALLERS)
async def test_each_caller_does_what_it_may(idle: Service, caller: str):
    everything = await api_keys.add(idle.store, "other", api_keys.SCOPES, "all", 0, by=SERVICE)
    for number, ((method, path), expected) in enumerate(EXPECTED.items()):
        name = f"n{number}"
        sent = await idle.submit("one", wait=0, external_id=name)
        answer = await ask(idle, caller, method, path, (sent["id"], name), everything)
        assert answer.status == expected[CALLERS.index(caller)], (method, path, answer.text)
        if answer.status == 401:
            assert answer.headers["WWW-Authenticate"] == "Bearer"


async def ask(
    service: Service, caller: str, method: str, path: str, sent: tuple[str, str], everything: str
) -> Answer:
    comment, name = sent
    body: object = None
    if path.endswith("decision"):
        body = {"decision": "approve", "actor": {"id": "ada"}}
    elif path.endswith("appeal"):
        body = {"text": "but why", "id": comment}
    elif path.endswith("batch"):
        body = {"comments": [{"text": "two"}]}
    elif method in {"POST", "PUT"} and "callbacks" not in path:
        body = {"text": "one" if method == "POST" else "two", "external_id": name}
    query = {"external_id": name} if (method, path) == ("GET", "/v1/comments") else {}
    path = path.replace("{id}", f"{comment}.2" if "callbacks" in path else comment)
    headers = {"If-Match": '"1"'}
    if caller == "signature":
        return await service.signed(method, path, body or b"", name=f"message-{name}")
    if caller == "other site":
        headers["Authorization"] = f"Bearer {everything}"
        if method == "PUT":
            body = {"text": "two"}
    scope = caller if caller in {"submit", "moderate", "admin"} else None
    return await service.ask(method, path, body, scope=scope, headers=headers, **query)


GOOD = key("default", "submit")


BAD_KEYS = [
    "", "Bearer", "Bearer ", GOOD, f"Basic {GOOD}", f"Bearer {GOOD}x", f"Bearer {GOOD[:-1]}",
    f"Bearer {GOOD} {GOOD}", f"Bearer {GOOD},", "Bearer mod_", "Bearer mod_x", "Bearer mod__",
    "Bearer mod_abc_def", "Bearer mod_é_x", "Bearer é", "Bearer mod_a_é",
    f"Bearer {'x' * 7000}", f'Bearer "{GOOD}"',
]  # fmt: skip


async def test_a_bad_key_is_turned_away_before_the_body_is_read(idle: Service):
    for value in BAD_KEYS:
        headers = {"Authorization": value}
        answer = await idle.ask("POST", "/v1/comments", raw=b"no json", scope=None, headers=headers)
        assert answer.status == 401, value
        assert GOOD not in answer.text


async def test_a_key_works_in_the_header_only(idle: Service):
    answer = await idle.ask("GET", "/v1/decisions", scope=None, key=GOOD)
    assert answer.status == 401
    answer = await idle.ask("GET", "/v1/decisions", key=GOOD)
    assert answer.status == 400


async def test_the_scheme_is_named_in_any_case(idle: Service):
    for scheme in ("bearer", "BEARER"):
        headers = {"Authorization": f"{scheme} {GOOD}"}
        assert (await idle.ask("GET", "/v1/decisions", scope=None, headers=headers)).status == 200


async def decisions_by(service: Service, value: str) -> int:
    headers = {"Authorization": f"Bearer {value}"}
    return (await service.ask("GET", "/v1/decisions", scope=None, headers=headers)).status


async def test_a_stored_key_opens_until_it_is_revoked(
    idle: Service, monkeypatch: pytest.MonkeyPatch
):
    made = await api_keys.add(idle.store, "default", ("submit",), "cms", 0, by=SERVICE)
    key_id = made.split("_")[1]
    assert await decisions_by(idle, made) == 200
    assert await decisions_by(idle, made + "x") == 401
    await api_keys.revoke(idle.store, key_id, by=SERVICE)
    monkeypatch.setattr("moderation.web.auth._REMEMBERED_S", 0.0)
    assert await decisions_by(idle, made) == 401


async def test_a_rotated_key_ends_when_its_grace_does(idle: Service):
    made = await api_keys.add(idle.store, "default", ("submit",), "cms", 0, by=SERVICE)
    now = round(time.time() * 1000)
    fresh = await api_keys.rotate(idle.store, made.split("_")[1], -1, now, by=SERVICE)
    assert await decisions_by(idle, made) == 401
    assert await decisions_by(idle, fresh) == 200


async def test_a_key_of_a_site_that_is_not_configured_opens_nothing(idle: Service):
    made = await api_keys.add(idle.store, "gone", ("submit",), "cms", 0, by=SERVICE)
    assert await decisions_by(idle, made) == 401


BAD_SIGNATURES: dict[str, dict[str, str | None]] = {
    "no id": {"webhook-id": None},
    "no timestamp": {"webhook-timestamp": None},
    "empty": {"webhook-signature": ""},
    "no version": {"webhook-signature": "abc"},
    "another version": {"webhook-signature": "v2,abc"},
    "wrong": {"webhook-signature": "v1,AAAA"},
    "no base64": {"webhook-signature": "v1,!!!!"},
    "many wrong": {"webhook-signature": " ".join(["v1,AAAA"] * 200)},
    "stray bytes": {"webhook-signature": "v1,é"},
    "another id": {"webhook-id": "msg_2"},
    "stray id": {"webhook-id": "é"},
    "old": {"webhook-timestamp": str(int(time.time()) - 301)},
    "early": {"webhook-timestamp": str(int(time.time()) + 400)},
    "another time": {"webhook-timestamp": str(int(time.time()) - 5)},
    "no number": {"webhook-timestamp": "now"},
    "a fraction": {"webhook-timestamp": "1.5"},
    "a sign": {"webhook-timestamp": "-1"},
    "endless": {"webhook-timestamp": "9" * 5000},
    "other digits": {"webhook-timestamp": "١٢٣"},
    "another site": {"moderation-site": "other"},
    "no such site": {"moderation-site": "nowhere"},
    "no site": {"moderation-site": ""},
}


async def test_a_bad_signature_is_turned_away(idle: Service):
    raw, keys = b'{"text": "a fine day"}', await idle.keys()
    for case, changes in BAD_SIGNATURES.items():
        headers = {
            name: value
            for name, value in {**signature(raw), **changes}.items()
            if value is not None
        }
        answer = await idle.ask("POST", "/v1/comments", raw=raw, scope=None, headers=headers)
        assert answer.status == 401, case
        assert "a fine day" not in answer.text
    assert await idle.keys() == keys


async def test_a_signature_covers_every_byte_and_is_of_one_site(idle: Service):
    raw, keys = b'{"text": "a fine day"}', await idle.keys()
    for headers, sent in (
        (signature(raw), raw + b" "),
        (signature(raw), raw[:-1]),
        (signature(b""), raw),
        (signature(raw, with_secret=secret(9)), raw),
        (signature(raw, with_secret=secret(2)), raw),  # the callback secret signs the other way
        (signature(raw, at=time.time() - 301), raw),
        (signature(raw, at=time.time() + 301), raw),
    ):
        answer = await idle.ask("POST", "/v1/comments", raw=sent, scope=None, headers=headers)
        assert answer.status == 401
    assert await idle.keys() == keys
    good = signature(raw, site="other")
    assert (await idle.ask("POST", "/v1/comments", raw=raw, scope=None, headers=good)).status == 202


async def test_an_unknown_site_is_answered_as_a_bad_signature_is(idle: Service):
    raw = b'{"text": "a fine day"}'
    wrong = signature(raw, with_secret=secret(9))
    answers = [
        await idle.ask(
            "POST", "/v1/comments", raw=raw, scope=None,
            headers={**wrong, "moderation-site": site, "X-Request-Id": "same"},
        )
        for site in ("default", "nowhere")
    ]  # fmt: skip
    assert answers[0].text == answers[1].text


async def test_one_of_two_signatures_is_enough(idle: Service):
    raw = b'{"text": "a fine day"}'
    headers = signature(raw)
    headers["webhook-signature"] = f"v1,AAAA v2,x {headers['webhook-signature']}"
    assert (
        await idle.ask("POST", "/v1/comments", raw=raw, scope=None, headers=headers)
    ).status == 202


async def test_a_bad_key_is_not_saved_by_a_signature(idle: Service):
    raw = b'{"text": "a fine day"}'
    headers = {**signature(raw), "Authorization": "Bearer wrong"}
    answer = await idle.ask("POST", "/v1/comments", raw=raw, scope=None, headers=headers)
    assert answer.status == 401


async def test_an_unsigned_body_is_read_under_the_same_limits(embedded_url: str):
    async with serving(embedded_url, works=False, max_body_bytes=1024) as service:
        raw = b'{"text": "' + b"x" * 2000 + b'"}'
        headers = signature(raw)
        answer = await service.ask("POST", "/v1/comments", raw=raw, scope=None, headers=headers)
        assert answer.status == 413
