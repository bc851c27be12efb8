"""Coral's external moderation phase: whatever happens, the reply is one of its guide's."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.domain.errors import ConflictError, OverloadedError, StoreDownError
from moderation.domain.scores import Unscored, UnscoredReason
from moderation.services.intake import Intake
from moderation.store.embedded import EmbeddedServer
from moderation.web.body_signature import is_signed
from tests.fakes.scripted_pool import ScriptedPool
from tests.web.coral import Reply, body, call, reply, signature
from tests.web.kit import CORAL_SECRETS, Service, serving

#: Long enough for a decision on a busy machine.
PATIENT = {"deadline_s": 30}
RUDE = "you are an idiot"


@pytest.fixture
async def coral(embedded_url: str) -> AsyncIterator[Service]:
    """A service that decides, and a Coral that waits."""
    async with serving(embedded_url, coral=PATIENT) as running:
        yield running


async def decisions(service: Service) -> list[dict[str, Any]]:
    answer = await service.ask("GET", "/v1/decisions")
    return list(answer.body["decisions"])


async def test_what_is_approved_is_a_204_and_coral_goes_on(coral: Service) -> None:
    answer = await call(coral, body("Here's a comment!"))
    assert (answer.status, answer.text) == (204, "")
    assert reply(answer) is None
    (decided,) = await decisions(coral)
    assert decided["decision"] == "approve"


async def test_what_a_score_holds_is_withheld_with_a_flag(coral: Service) -> None:
    answer = await call(coral, body(RUDE, parent="d79b787f-f406-49a0-a179-72e3652e54be"))
    assert answer.status == 200
    assert answer.body == {
        "status": "SYSTEM_WITHHELD",
        "actions": [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}],
    }
    assert reply(answer)
    (decided,) = await decisions(coral)
    assert decided["decision"] == "hold"
    assert decided["external_id"].startswith("coral-")


async def test_a_hold_without_a_score_has_no_flag(
    coral: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: object, texts: list[str], **__: object) -> list[Unscored]:
        return [Unscored(UnscoredReason.TIMEOUT) for _ in texts]

    monkeypatch.setattr(ScriptedPool, "score", fails)
    assert reply(await call(coral, body("a fine day"))) == Reply(status="SYSTEM_WITHHELD")
    (decided,) = await decisions(coral)
    assert decided["decision"] == "hold"


@pytest.mark.parametrize("status", ["PREMOD", "SYSTEM_WITHHELD"])
async def test_the_operator_chooses_the_status_and_it_may_come_without_a_decision(
    embedded_url: str, status: str
) -> None:
    chosen = {"withheld_as": status, "deadline_s": 0.05}
    async with serving(embedded_url, works=False, coral=chosen) as service:
        assert reply(await call(service, body("a fine day"))) == Reply(status=status)
        assert len(await service.pending()) == 1, "it waits here all the same"
        assert reply(await call(service, b"{}")) == Reply(status=status)


async def test_the_same_call_again_is_the_same_submission(coral: Service) -> None:
    await call(coral, body(RUDE))
    await call(coral, body(RUDE))
    (held,) = await decisions(coral)
    answer = await coral.ask(
        "POST",
        f"/v1/comments/{held['id']}/decision",
        {"decision": "approve", "actor": {"id": "ada"}},
        scope="moderate",
        headers={"If-Match": f'"{held["version"]}"'},
    )
    assert answer.status == 200
    assert (await call(coral, body(RUDE))).status == 204, "a person approved it meanwhile"
    assert (await call(coral, body(RUDE, action="EDIT"))).status == 204
    for other in (body(RUDE, parent="p1"), body(RUDE, id="another-story")):
        assert (await call(coral, other)).status == 200, "said elsewhere, it is another comment"


async def test_an_erased_text_that_comes_again_is_withheld(coral: Service) -> None:
    assert (await call(coral, body("a fine day"))).status == 204
    (approved,) = await decisions(coral)
    await coral.ask("DELETE", f"/v1/comments/{approved['id']}", scope="admin")
    assert reply(await call(coral, body("a fine day"))) == Reply(status="SYSTEM_WITHHELD")


async def test_moderators_see_the_text_and_where_it_stands(coral: Service) -> None:
    await call(coral, body(RUDE, parent="p1"))
    queue = await coral.ask("GET", "/v1/queue", scope="moderate")
    (held,) = queue.body["comments"]
    assert held["text"] == RUDE
    assert held["context"]["url"] == "http://localhost:1313/posts/a-story-url/"
    assert held["context"]["parent_id"] == "p1"
    assert held["metadata"]["coral_role"] == "COMMENTER"


async def test_markup_is_read_as_markup_where_the_phase_sends_it(embedded_url: str) -> None:
    marked = body("<b>you are an id</b>iot")
    for text_format, status in (("plain", 204), ("html", 200)):
        chosen = {**PATIENT, "text_format": text_format}
        async with serving(embedded_url, coral=chosen) as service:
            assert (await call(service, marked)).status == status


async def test_any_of_the_secrets_signs_and_nothing_else(coral: Service) -> None:
    fine = body("a fine day")
    old_and_unknown = (CORAL_SECRETS[1], "a secret that is only known in Coral")
    for secrets in ((CORAL_SECRETS[0],), (CORAL_SECRETS[1],), old_and_unknown):
        assert (await call(coral, fine, secrets=secrets)).status == 204
    before = await coral.keys()
    raw = json.dumps(fine).encode()
    good = signature(raw, CORAL_SECRETS[0])
    bad = ["", "sha256=", ",", "sha256=é", good.removeprefix("sha256="), good[:-1],
           "sha1" + good[6:], signature(raw, "a secret that is only known elsewhere")]  # fmt: skip
    for header in bad:
        answer = await call(coral, json.dumps(body("another day")).encode(), header=header)
        assert answer.status == 401, header
        assert answer.body["type"].endswith(":unauthorized")
        assert "Content-Security-Policy" not in answer.headers, "it is not the page"
    for site in ("other", "nobodys", "%00"):
        assert (await call(coral, fine, site=site)).status == 401
    assert (await call(coral, raw + b" ", header=good)).status == 401
    assert await coral.keys() == before


def test_entries_may_be_spaced_and_in_capitals() -> None:
    good = signature(b"body", "secret").upper().replace("SHA256", "sha256")
    assert is_signed([b"other", b"secret"], f"sha256=00, {good}", b"body")
    assert not is_signed([], good, b"body")


@pytest.mark.parametrize(
    "error",
    [OverloadedError(7), StoreDownError("down"), ConflictError("used"), RuntimeError("a bug")],
)
async def test_a_fault_of_ours_withholds(
    coral: Service, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Intake, "submit", refuse)
    answer = await call(coral, body("a fine day"))
    assert (answer.status, reply(answer)) == (200, Reply(status="SYSTEM_WITHHELD"))
    assert count(coral, "refused") == 1


async def test_a_process_that_ends_withholds(coral: Service) -> None:
    coral.draining[0] = True
    assert reply(await call(coral, body("a fine day"))) == Reply(status="SYSTEM_WITHHELD")
    assert await coral.pending() == []


async def test_a_store_that_stalls_is_not_waited_for_and_the_comment_is_not_lost(
    tmp_path: Path,
) -> None:
    server = EmbeddedServer(tmp_path)
    try:
        async with serving(await server.start(), works=False) as service:
            await call(service, body("the first one"))
            assert server.pid is not None
            os.kill(server.pid, signal.SIGSTOP)
            try:
                answer = await call(service, body("a fine day"))
            finally:
                os.kill(server.pid, signal.SIGCONT)
            assert reply(answer) == Reply(status="SYSTEM_WITHHELD")
            assert count(service, "late") == 2
            for _ in range(100):
                if len(waiting := await service.pending()) > 1:
                    break
                await asyncio.sleep(0.05)
            assert len(waiting) == 2
    finally:
        await server.stop()


async def test_a_phase_that_is_switched_off_is_not_there(embedded_url: str) -> None:
    async with serving(embedded_url, works=False, coral={"enabled": False}) as service:
        assert (await call(service, body("a fine day"))).status == 404


def count(service: Service, result: str) -> float:
    found = service.context.metrics.registry.get_sample_value(
        "moderation_coral_answers_total", {"result": result}
    )
    return found or 0.0


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
_PLACES = ("action", "comment", "author", "story", "site", "tenantID", "tenantDomain")


async def test_whatever_is_sent_the_reply_is_one_of_the_guides(embedded_url: str) -> None:
    bodies: list[bytes] = []

    @settings(max_examples=100, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(_PLACES), _JSON, st.binary(max_size=40), st.text(max_size=60))
    def collect(place: str, anything: Any, junk: bytes, text: str) -> None:
        said = [{**body("a fine day"), place: anything}, anything, body(text)]
        bodies.extend([*(json.dumps(one).encode() for one in said), junk])

    collect()
    bodies += [json.dumps(body(text)).encode() for text in ("", " ", "\0", "\ud800", "é" * 20_481)]
    async with serving(embedded_url, coral=PATIENT) as service:
        for raw in bodies:
            said = reply(await call(service, raw))
            assert said is None or said.status == "SYSTEM_WITHHELD", raw
            assert (await call(service, raw, header="sha256=00")).status == 401
