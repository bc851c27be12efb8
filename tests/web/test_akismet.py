"""Akismet's wire format: words that its clients know, and no `false` without an approval."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.domain.errors import ConflictError, OverloadedError, StoreDownError
from moderation.domain.scores import Unscored, UnscoredReason
from moderation.services.intake import Intake
from moderation.web.akismet.form import as_stored
from tests.fakes.scripted_pool import ScriptedPool
from tests.web.kit import Answer, Service, key, serving

#: Long enough for a decision on a busy machine.
PATIENT = {"wait_s": 30}
RUDE = "you are an idiot"
THANKS = "Thanks for making the web a better place."


@pytest.fixture
async def akismet(embedded_url: str) -> AsyncIterator[Service]:
    """A service that decides, and a client that waits."""
    async with serving(embedded_url, akismet=PATIENT) as running:
        yield running


def comment(text: str, **more: str) -> dict[str, str]:
    """Return what WordPress's plugin sends of a comment, without what it says of the browser."""
    return {
        "blog": "https://blog.example", "permalink": "https://blog.example/?p=7",
        "comment_post_ID": "7", "comment_parent": "0", "comment_author": "Bo",
        "comment_author_email": "bo@blog.example", "comment_content": text,
        "comment_type": "comment", "user_ip": "203.0.113.7", "user_agent": "A browser", **more,
    }  # fmt: skip


async def call(
    service: Service,
    path: str,
    fields: Mapping[str, str],
    *,
    scope: str | None = "submit",
    host: str | None = None,
    raw: bytes | None = None,
) -> Answer:
    form = {**fields, **({} if scope is None else {"api_key": key("default", scope)})}
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    if host:
        headers["Host"] = host
    body = urlencode(form).encode() if raw is None else raw
    return await service.ask("POST", f"/1.1/{path}", raw=body, scope=None, headers=headers)


async def check(service: Service, text: str, **more: str) -> str:
    answer = await call(service, "comment-check", comment(text, **more))
    assert answer.status == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/plain")
    return answer.text


async def decisions(service: Service) -> list[dict[str, Any]]:
    answer = await service.ask("GET", "/v1/decisions")
    return list(answer.body["decisions"])


async def decide(service: Service, decision: str) -> None:
    """Decide as a moderator on what was decided last."""
    last = (await decisions(service))[-1]
    answer = await service.ask(
        "POST",
        f"/v1/comments/{last['id']}/decision",
        {"decision": decision, "actor": {"id": "ada"}},
        scope="moderate",
        headers={"If-Match": f'"{last["version"]}"'},
    )
    assert answer.status == 200, answer.text


async def test_a_key_is_verified_wherever_it_stands(akismet: Service) -> None:
    good, blog = key("default", "submit"), {"blog": "https://blog.example"}
    for form, host in (
        ({"api_key": good}, None), ({"key": good}, None), ({}, f"{good}.rest.akismet.com")
    ):  # fmt: skip
        answer = await call(akismet, "verify-key", {**blog, **form}, scope=None, host=host)
        assert (answer.status, answer.text) == (200, "valid")
    for form in ({}, {"key": "0123456789ab"}, {"key": key("default", "admin")}):
        answer = await call(akismet, "verify-key", {**blog, **form}, scope=None)
        assert (answer.status, answer.text) == (200, "invalid")
        assert answer.headers["X-akismet-debug-help"]


async def test_what_is_approved_is_false_and_what_is_held_is_neither(akismet: Service) -> None:
    assert await check(akismet, "a fine day") == "false"
    assert await check(akismet, RUDE) == "pending"
    assert [one["decision"] for one in await decisions(akismet)] == ["approve", "hold"]
    queue = await akismet.ask("GET", "/v1/queue", scope="moderate")
    (held,) = queue.body["comments"]
    assert (held["text"], held["context"]["url"]) == (RUDE, "https://blog.example/?p=7")
    assert "203.0.113.7" not in queue.text


async def test_a_recheck_hears_what_a_person_decided(akismet: Service) -> None:
    assert await check(akismet, RUDE) == "pending"
    await decide(akismet, "approve")
    assert await check(akismet, RUDE, recheck_reason="retry") == "false"
    await decide(akismet, "reject")
    assert await check(akismet, RUDE, recheck_reason="retry") == "pending"
    assert len({one["id"] for one in await decisions(akismet)}) == 1


@pytest.mark.parametrize(
    ("true_for", "held", "rejected"),
    [("never", "pending", "pending"), ("rejected", "pending", "true"), ("held", "true", "true")],
)
async def test_true_is_said_only_as_far_as_the_operator_wants(
    embedded_url: str, true_for: str, held: str, rejected: str
) -> None:
    async with serving(embedded_url, akismet={**PATIENT, "true_for": true_for}) as service:
        assert await check(service, "a fine day") == "false"
        assert await check(service, RUDE) == held
        await decide(service, "reject")
        assert await check(service, RUDE) == rejected


async def test_what_is_not_decided_in_time_is_pending(embedded_url: str) -> None:
    chosen = {"wait_s": 0.05, "true_for": "held"}
    async with serving(embedded_url, works=False, akismet=chosen) as service:
        assert await check(service, "a fine day") == "pending"
        assert len(await service.pending()) == 1


async def test_a_hold_without_a_score_is_not_told_to_be_spam(
    embedded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: object, texts: list[str], **__: object) -> list[Unscored]:
        return [Unscored(UnscoredReason.TIMEOUT) for _ in texts]

    monkeypatch.setattr(ScriptedPool, "score", fails)
    async with serving(embedded_url, akismet={**PATIENT, "true_for": "held"}) as service:
        assert await check(service, "a fine day") == "pending"
        assert [one["decision"] for one in await decisions(service)] == ["hold"]


async def test_a_report_decides_on_what_has_no_decision_yet(embedded_url: str) -> None:
    async with serving(embedded_url, works=False, akismet={"wait_s": 0}) as service:
        assert await check(service, RUDE) == "pending"
        answer = await call(service, "submit-ham", comment(RUDE), scope="moderate")
        assert answer.text == THANKS
        assert await check(service, RUDE) == "false"


async def test_an_erased_comment_is_pending_when_it_is_rechecked(akismet: Service) -> None:
    assert await check(akismet, "a fine day") == "false"
    (approved,) = await decisions(akismet)
    await akismet.ask("DELETE", f"/v1/comments/{approved['id']}", scope="admin")
    assert await check(akismet, "a fine day") == "pending"


@pytest.mark.parametrize(
    ("checked", "stored"),
    [
        (r"I\'m an idiot, \"you\" said", 'I\'m an idiot, "you" said'),
        ("R&B, you idiot", "R&amp;B, you idiot"),
        (
            r"<a href=\"https://a.example\">idiot</a>",
            '<a href="https://a.example" rel="nofollow ugc">idiot</a>',
        ),
        ("idiot\r\nidiot\r\n", "idiot\nidiot"),
        (r"a \\ idiot", "a \\ idiot"),
    ],
)
async def test_wordpress_rechecks_what_it_stored_and_it_is_the_same_comment(
    akismet: Service, checked: str, stored: str
) -> None:
    await check(akismet, checked)
    await check(akismet, stored)
    assert len(await decisions(akismet)) == 1


def test_what_a_text_links_to_is_kept() -> None:
    assert as_stored('<a href="https://a.example" rel="ugc">a</a>') == (
        '<a href="https://a.example">a</a>'
    )
    assert as_stored(r"C:\temp isn't here") == r"C:\temp isn't here"


async def test_a_report_is_the_decision_of_a_person(akismet: Service) -> None:
    await check(akismet, RUDE)
    for path, decision in (("submit-ham", "approve"), ("submit-spam", "reject")):
        for _ in range(2):
            answer = await call(akismet, path, comment(RUDE, reporter="ada"), scope="moderate")
            assert (answer.status, answer.text) == (200, THANKS)
        last = (await decisions(akismet))[-1]
        assert (last["decision"], last["decided_by"]) == (decision, "person")
    assert len(await decisions(akismet)) == 3, "what was reported twice was decided once"
    history = await akismet.ask("GET", f"/v1/comments/{last['id']}/history", scope="moderate")
    assert history.body["events"][-1]["actor"]["id"] == "ada"
    assert '"spam"' in history.text


async def test_a_report_needs_a_key_that_decides_and_a_comment_that_is_known(
    akismet: Service,
) -> None:
    await check(akismet, RUDE)
    answer = await call(akismet, "submit-ham", comment(RUDE))
    assert (answer.status, answer.text) == (200, "invalid")
    answer = await call(akismet, "submit-ham", comment("never checked"), scope="moderate")
    assert (answer.status, answer.text) == (404, "not-found")
    assert [one["decision"] for one in await decisions(akismet)] == ["hold"]


@pytest.mark.parametrize(
    ("error", "status", "word"),
    [
        (OverloadedError(7), 503, "overloaded"),
        (StoreDownError("down"), 503, "store-down"),
        (ConflictError("used"), 409, "conflict"),
        (RuntimeError("a fine day"), 500, "internal"),
    ],
)
async def test_a_fault_of_ours_is_neither_true_nor_false(
    akismet: Service, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, word: str
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Intake, "submit", refuse)
    answer = await call(akismet, "comment-check", comment("a fine day"))
    assert (answer.status, answer.text) == (status, word)


async def test_a_process_that_ends_takes_nothing(akismet: Service) -> None:
    akismet.draining[0] = True
    answer = await call(akismet, "comment-check", comment("a fine day"))
    assert (answer.status, answer.text) == (503, "draining")
    assert answer.headers["Retry-After"] == "1"


async def test_a_format_that_is_switched_off_is_not_there(embedded_url: str) -> None:
    async with serving(embedded_url, works=False, akismet={"enabled": False}) as service:
        assert (await call(service, "verify-key", {})).status == 404


async def test_whatever_is_sent_the_answer_is_a_word(embedded_url: str) -> None:
    bodies: list[bytes] = []
    own = urlencode({"api_key": key("default", "submit")}).encode()
    names = st.sampled_from([*comment("").keys(), "api_key", "key", "reporter"])

    @settings(max_examples=100, database=None, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(names, st.text(max_size=20)), st.binary(max_size=40))
    def collect(fields: dict[str, str], junk: bytes) -> None:
        whole = {**comment("a fine day"), **fields}
        bodies.extend([urlencode(whole, errors="replace").encode() + b"&" + own, junk])
        bodies.append(own + b"&comment_content=" + junk)

    collect()
    texts = ("", " ", "\0", "x" * 20_481, "\\" * 2000)
    bodies += [urlencode(comment(text)).encode() + b"&" + own for text in texts]
    bodies += [b"a=1&" * 1001 + own, b"comment_content=%ff%00%ed%a0%80&" + own]
    words = {"true", "false", "pending", "invalid", "bad-request"}
    async with serving(embedded_url, akismet=PATIENT) as service:
        for raw in bodies:
            answer = await call(service, "comment-check", {}, raw=raw)
            assert answer.text in words, raw
            assert answer.status in {200, 400, 422}, raw
