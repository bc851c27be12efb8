"""Many at once over HTTP: who may, what is refused as a whole, and what is told of each."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from moderation.domain.people import Role
from moderation.store.log import SERVICE
from tests.web.kit import Service
from tests.web.signing_in import Browser, act, browser, person

BATCH = "b_" + "a" * 32


@pytest.fixture
async def ada(service: Service) -> AsyncIterator[Browser]:
    """A moderator's browser where comments are decided; not signed in."""
    await person(service)
    async with browser(service) as one:
        yield one


def of(items: list[tuple[str, int]], **fields: Any) -> dict[str, Any]:
    said = {"batch": BATCH, "items": [{"id": one, "version": version} for one, version in items]}
    return {**said, **fields}


async def held(service: Service, count: int) -> list[str]:
    texts = [f"you are an idiot {number}" for number in range(count)]
    answers = [await service.submit(text, external_id=text) for text in texts]
    assert {answer["decision"] for answer in answers} == {"hold"}
    return [answer["id"] for answer in answers]


async def posted(one: Browser, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    signed = await one.service.context.people.sessions.find(one.cookie())
    assert signed
    headers = {"Origin": one.service.url, "X-CSRF-Token": signed.csrf}
    async with one.http.post(one.service.url + path, json=body, headers=headers) as response:
        return response.status, await response.json()


async def test_a_batch_and_its_undo(service: Service, ada: Browser):
    ids = await held(service, 3)
    await ada.sign_in()
    items = [(ids[0], 2), (ids[1], 2), (ids[2], 1)]
    body = of(items, decision="reject", reason="spam", note="the same bot")
    status, answer = await posted(ada, "/review/bulk", body)
    assert status == 200
    assert answer["done"] == [{"id": one, "version": 3} for one in ids[:2]]
    [refused] = answer["refused"]
    assert refused["id"] == ids[2]
    assert refused["message"].startswith("Held by the model")
    assert await posted(ada, "/review/bulk", body) == (200, answer)
    page = await ada.get(f"/item/{ids[0]}")
    assert "ada rejected it (spam or advertising), one of 3 chosen at once" in page.text
    done = [(one["id"], one["version"]) for one in answer["done"]]
    status, undone = await posted(ada, "/review/bulk/undo", of(done))
    assert (status, len(undone["done"]), undone["refused"]) == (200, 2, [])


async def test_what_is_left_is_told_in_a_sentence(service: Service, ada: Browser):
    (comment,) = await held(service, 1)
    await ada.sign_in()
    assert await act(ada, "/review/escalate", json.dumps({"id": comment, "version": 2})) == 200
    _, answer = await posted(ada, "/review/bulk", of([(comment, 3)], decision="approve"))
    message = "It was escalated and needs a decision of its own."
    assert answer == {"done": [], "refused": [{"id": comment, "message": message}]}
    one = json.dumps({"id": comment, "version": 3, "decision": "approve"})
    assert await act(ada, "/review/decide", one) == 403


@pytest.mark.parametrize(
    "change",
    [
        {"items": []},
        {"items": [{"id": "c_" + "0" * 32, "version": 1}] * 2},
        {"items": [{"id": f"c_{n:032x}", "version": 1} for n in range(201)]},
        {"items": [{"id": "c_" + "0" * 32, "version": 1, "site": "default"}]},
        {"batch": "b_1"},
        {"decision": "hold"},
        {"decision": "reject"},
        {"decision": "reject", "reason": "because"},
        {"reason": "spam"},
        {"note": ""},
    ],
)
async def test_a_wrong_batch_is_refused_as_a_whole(ada: Browser, change: dict[str, Any]):
    await ada.sign_in()
    body = of([("c_" + "0" * 32, 1)], decision="approve") | change
    status, answer = await posted(ada, "/review/bulk", body)
    assert status in {400, 422}, answer


async def test_who_may_not_bulk(service: Service, ada: Browser):
    (comment,) = await held(service, 1)
    body = json.dumps(of([(comment, 2)], decision="approve"))
    async with browser(service) as stranger:
        assert await act(stranger, "/review/bulk", body) == 401
    await person(service, "vera", Role.VIEWER)
    await service.context.people.add(
        "narrow", Role.MODERATOR, ["other"], "a fine day in may", by=SERVICE
    )
    for name in ("vera", "narrow"):
        async with browser(service) as one:
            await one.sign_in(name)
            if name == "vera":
                assert await act(one, "/review/bulk", body) == 403
                assert await act(one, "/review/bulk/undo", body) == 403
            else:
                _, answer = await posted(one, "/review/bulk", json.loads(body))
                assert answer["refused"][0]["message"] == "It is no longer there."
                elsewhere = json.loads(body) | {"site": "default"}
                assert (await posted(one, "/review/bulk", elsewhere))[0] == 404
    await ada.sign_in()
    assert await act(ada, "/review/bulk", body, **{"X-CSRF-Token": ""}) == 403
    assert await act(ada, "/review/bulk", body, Origin="https://evil.example") == 403
    key = await service.ask("POST", "/review/bulk", json.loads(body), scope="moderate")
    assert key.status == 401
    answer = await service.ask("GET", f"/v1/comments/{comment}", scope="submit")
    assert answer.body["decision"] == "hold"
