"""The queue, people's decisions and the trail."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.web.kit import Answer, Service

IDIOT = "you are an idiot"


async def decide(
    service: Service, comment: str, decision: str, match: str | None, **more: Any
) -> Answer:
    body = {"decision": decision, "actor": {"id": "ada", "name": "Ada L."}, **more}
    headers = {} if match is None else {"If-Match": match}
    path = f"/v1/comments/{comment}/decision"
    return await service.ask("POST", path, body, scope="moderate", headers=headers)


async def held(service: Service, **query: str) -> list[str]:
    answer = await service.ask("GET", "/v1/queue", scope="moderate", **query)
    assert answer.status == 200
    return [one["external_id"] for one in answer.body["comments"]]


async def test_a_held_comment_waits_in_the_queue_with_its_text(service: Service):
    await service.submit("a fine day", external_id="0")
    sent = await service.submit(
        IDIOT, external_id="1", author={"id": "u1", "name": "Bo"}, metadata={"page": [1, None]},
        context={"article_id": "a1", "title": "News"}, language="en",
    )  # fmt: skip
    answer = await service.ask("GET", "/v1/queue", scope="moderate")
    (found,) = answer.body["comments"]
    assert answer.body["next"] is None
    assert {**found, **sent} == found
    assert found["text"] == IDIOT
    assert found["author"]["id"] not in {None, "u1"}
    assert found["author"]["name"] is None
    assert found["context"]["title"] == "News"
    assert (found["metadata"], found["language"]) == ({"page": [1, None]}, "en")


async def test_the_queue_is_ordered_filtered_and_paged(service: Service):
    for name, article, author in (("1", "a", "x"), ("2", "b", "x"), ("3", "a", "y")):
        await service.submit(
            IDIOT + name, external_id=name, author={"id": author}, context={"article_id": article}
        )
    assert await held(service, order="age") == ["1", "2", "3"]
    for order in ("priority", "score", "threshold", "article", "author"):
        assert sorted(await held(service, order=order)) == ["1", "2", "3"]
    assert await held(service, order="age", author="x") == ["1", "2"]
    assert await held(service, article="a") == ["1", "3"]
    assert await held(service, label="insult", order="age") == ["1", "2", "3"]
    assert await held(service, label="threat") == []
    assert await held(service, section="sport") == await held(service, language="xx") == []
    assert await held(service, unscored="1") == await held(service, escalated="1") == []
    assert await held(service, reason="score_over_threshold", author="y") == ["3"]
    assert await held(service, reason="links") == []
    found, cursor = [], {}
    while True:
        page = (
            await service.ask(
                "GET", "/v1/queue", scope="moderate", order="age", limit="1", **cursor
            )
        ).body
        found += [one["external_id"] for one in page["comments"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == ["1", "2", "3"]
    other = await service.ask("GET", "/v1/queue", scope="moderate", site="other")
    assert other.body["comments"] == []


async def test_a_person_rejects_and_the_trail_says_who(service: Service):
    sent = await service.submit(IDIOT)
    answer = await decide(service, sent["id"], "reject", '"2"', reason="insult", note="again")
    assert answer.status == 200
    assert (answer.body["decision"], answer.body["decided_by"]) == ("reject", "person")
    assert answer.body["scores"] == sent["scores"]
    assert answer.headers["ETag"] == '"3"'
    assert await held(service) == []
    path = f"/v1/comments/{sent['id']}/history"
    events = (await service.ask("GET", path, scope="moderate")).body["events"]
    assert [(one["type"], one["version"]) for one in events] == [
        ("received", 1), ("decided", 2), ("decided", 3),
    ]  # fmt: skip
    assert events[2]["actor"] == {"id": "ada", "name": "Ada L.", "via": "default-moderate"}
    assert events[2]["note"] == "again"
    assert IDIOT not in json.dumps(events)


async def test_the_same_again_is_the_same(service: Service):
    sent = await service.submit(IDIOT)
    first = await decide(service, sent["id"], "approve", '"2"')
    again = await decide(service, sent["id"], "approve", '"2"')
    assert (again.status, again.body) == (200, first.body)


async def test_who_comes_second_is_told_who_was_first(service: Service):
    sent = await service.submit(IDIOT)
    first = await decide(service, sent["id"], "approve", '"2"', note="a private note")
    second = await decide(service, sent["id"], "reject", '"2"')
    assert second.status == 412
    assert second.headers["ETag"] == '"3"'
    assert second.body["current_version"] == 3
    assert second.body["changed"] == {
        "type": "decided", "decision": "approve", "decided_by": "person",
        "actor": {"id": "ada", "name": "Ada L."}, "at": first.body["decided_at"],
    }  # fmt: skip
    assert "private" not in second.text
    undone = await decide(service, sent["id"], "hold", '"3"')
    assert (undone.status, undone.body["decision"]) == (200, "hold")
    assert len(await held(service)) == 1


async def test_a_machine_may_be_first_too(service: Service):
    sent = await service.submit(IDIOT)
    answer = await decide(service, sent["id"], "reject", '"1"')
    assert answer.status == 412
    assert answer.body["changed"]["actor"] is None
    assert answer.body["changed"]["decided_by"] == "model"


async def test_a_decision_names_the_version_that_was_seen(service: Service):
    sent = await service.submit(IDIOT)
    assert (await decide(service, sent["id"], "reject", None)).status == 428
    for match in ("*", 'W/"2"', '"1", "2"', "2", '"0"', '""', '"-1"', '"2', f'"{"9" * 99}"', '"٢"'):
        assert (await decide(service, sent["id"], "reject", match)).status == 400, match
    assert (await decide(service, sent["id"], "reject", '"2"')).status == 200


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"decision": "maybe"}, "/decision"),
        ({"decision": None}, "/decision"),
        ({"actor": {}}, "/actor/id"),
        ({"actor": {"id": ""}}, "/actor/id"),
        ({"actor": "ada"}, "/actor"),
        ({"actor": {"id": "a", "role": "x"}}, "/actor"),
        ({"reason": "No Spaces"}, "/reason"),
        ({"note": "x" * 2001}, "/note"),
        ({"note": 1}, "/note"),
        ({"version": 1}, ""),
    ],
)
async def test_a_decision_is_complete_and_nothing_else(
    idle: Service, change: dict[str, Any], pointer: str
):
    sent = await idle.submit(wait=0)
    body = {"decision": "approve", "actor": {"id": "ada"}} | change
    answer = await idle.ask(
        "POST", f"/v1/comments/{sent['id']}/decision", body,
        scope="moderate", headers={"If-Match": '"1"'},
    )  # fmt: skip
    assert answer.status == 422
    assert [one["pointer"] for one in answer.body["errors"]] == [pointer]
    assert len(await idle.pending()) == 1


async def test_what_is_not_this_sites_is_not_there(service: Service):
    sent = await service.submit(IDIOT)
    body = {"decision": "approve", "actor": {"id": "eve"}}
    for comment in (sent["id"], "c_" + "a" * 32, "c_1", "x", "%00", "c_" + "a" * 31 + "é"):
        for method, path, scope in (
            ("GET", f"/v1/comments/{comment}", "submit"),
            ("GET", f"/v1/comments/{comment}/history", "moderate"),
            ("POST", f"/v1/comments/{comment}/decision", "moderate"),
            ("DELETE", f"/v1/comments/{comment}", "admin"),
            ("POST", f"/v1/callbacks/{comment}.2/retry", "admin"),
        ):
            answer = await service.ask(
                method, path, body if "decision" in path else None,
                scope=scope, site="other", headers={"If-Match": '"2"'},
            )  # fmt: skip
            assert answer.status == 404, path
    assert (await service.ask("GET", "/v1/comments", site="other", external_id="1")).status == 404
    assert len(await held(service)) == 1


def cursor(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


CURSORS = [
    "x", "é", "=", "!!", cursor(b"\xff"), cursor(1), cursor(None), cursor([1]), cursor([1, 2]),
    cursor(["1", "c"]), cursor([1, "c", 2]), cursor(b'[NaN, "c"]'), cursor(b'[1e999, "c"]'),
    cursor([10**400, "c"]), cursor(b"[" + b"9" * 3000 + b', "c"]'), cursor([True, "c"]),
    cursor([1, "c_\x00"]), cursor([1, "\ud800"]), cursor({"0": "x"}), cursor({"0": 1}),
    cursor({"a": "1-1"}), cursor({"0": "1-1-1"}), cursor({"9" * 3000: "1-1"}),
    cursor({"0": "9" * 30 + "-1"}), cursor(b"[" * 2000), cursor(b'{"0":"1-1","0":"2-2"}x'),
    cursor({"0": "99999999999999999999-0"}), cursor([float(10**300), "c"]),
    cursor([float(10**300), "c_" + "a" * 32]), cursor([True, "c_" + "a" * 32]),
]  # fmt: skip
QUERIES = [
    "order=newest", "order=", "limit=0", "limit=201", "limit=1.0", "limit=+1", "limit=a",
    "limit=1&limit=2", "limit=" + "9" * 5000, "label=A%20B", "reason=%00", "article=",
    "author=" + "x" * 513, "key=abc", "article=%ff", "article=%ed%a0%80", "pending=1",
]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/v1/queue?cursor=", "/v1/decisions?after=", "/v1/decisions?pending=1&after="]
)
async def test_a_cursor_that_was_not_given_out_is_refused(idle: Service, path: str):
    scope = "moderate" if "queue" in path else "submit"
    for value in CURSORS:
        answer = await idle.ask("GET", path + value, scope=scope)
        assert answer.status == 400, value
        assert answer.headers["Content-Type"] == "application/problem+json"


async def test_an_unfit_query_is_refused(idle: Service):
    for query in QUERIES:
        answer = await idle.ask("GET", f"/v1/queue?{query}", scope="moderate")
        assert answer.status == 400, query
        assert answer.headers["Content-Type"] == "application/problem+json"
