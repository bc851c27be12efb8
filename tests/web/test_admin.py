"""Erasure, and callbacks that were given up."""

from __future__ import annotations

from moderation.store import outbox
from tests.contract.store_kit import everything
from tests.web.kit import HOOK, Service

CANARY = "you idiot canary"


async def test_an_erased_comment_leaves_a_tombstone_without_a_word_of_it(service: Service):
    sent = await service.submit(CANARY, external_id="7", author={"id": "u1"})
    path = f"/v1/comments/{sent['id']}"
    answer = await service.ask("DELETE", path, scope="admin")
    assert answer.status == 200
    assert (answer.body["status"], answer.body["text_sha256"]) == ("erased", None)
    assert answer.body["reasons"] == []
    assert answer.body["scores"] is None
    again = await service.ask("DELETE", path, scope="admin")
    assert (again.status, again.body) == (200, answer.body)
    kept = str(await everything(service.store))
    assert "canary" not in kept
    assert sent["text_sha256"] not in kept
    events = (await service.ask("GET", f"{path}/history", scope="moderate")).body["events"]
    assert [one["type"] for one in events] == ["received", "decided", "erased"]
    queue = await service.ask("GET", "/v1/queue", scope="moderate")
    assert queue.body["comments"] == []


async def test_what_could_not_be_delivered_is_listed_and_sent_again(service: Service):
    sent = await service.submit("a fine day", callback_url=HOOK)
    assert (await failed(service)) == []
    (callback,) = await taken(service)
    done = outbox.Settlement(callback, "dead")
    await outbox.settle(service.store, 0, [done], approved_ttl_ms=1000)
    (found,) = await failed(service)
    assert (found["comment"], found["version"]) == (sent["id"], sent["version"])
    assert found["id"] == f"{sent['id']}.{sent['version']}"
    assert await failed(service, site="other") == []
    path = f"/v1/callbacks/{found['id']}/retry"
    assert (await service.ask("POST", path, scope="admin", site="other")).status == 404
    answer = await service.ask("POST", path, scope="admin")
    assert (answer.status, answer.body) == (202, {"id": found["id"], "state": "queued"})
    assert await failed(service) == []
    (again,) = await taken(service)
    assert (again.comment, again.attempts) == (sent["id"], 0)


async def taken(service: Service) -> list[outbox.Callback]:
    found = await outbox.take(service.store, 0, 10, 60_000, per_origin=10, busy={})
    return found.callbacks


async def failed(service: Service, site: str = "default") -> list[dict[str, object]]:
    answer = await service.ask("GET", "/v1/callbacks", scope="admin", site=site, state="failed")
    assert answer.status == 200
    return list(answer.body["callbacks"])


async def test_a_callback_that_can_not_be_is_not_there(idle: Service):
    for name in ("x", "c_1.2", "c_" + "a" * 32, "c_" + "a" * 32 + ".0", "c_" + "a" * 32 + ".١"):
        answer = await idle.ask("POST", f"/v1/callbacks/{name}/retry", scope="admin")
        assert answer.status == 404
    assert (await idle.ask("GET", "/v1/callbacks", scope="admin", state="sent")).status == 400
