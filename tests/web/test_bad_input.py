"""What can't be right is a clear 4xx problem: never a 500, never an echo, never stored."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import structlog

from moderation.telemetry import configure_logging
from tests.web import bad_bodies
from tests.web.bad_bodies import CANARY
from tests.web.kit import Answer, Service, serving

BATCH_FAMILIES = ("broken", "misencoded", "twice", "numbers", "nested", "unstorable")


def check(answer: Answer, status: int | tuple[int, ...], case: object) -> None:
    """It is a problem of the right kind, and not a word of what was sent is in it."""
    expected = status if isinstance(status, tuple) else (status,)
    assert answer.status in expected, (answer.status, answer.text, str(case)[:200])
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body["status"] == answer.status
    assert answer.body["type"].startswith("urn:comment-moderation:problem:")
    assert CANARY not in answer.text, (answer.text, str(case)[:200])
    assert "Server" not in answer.headers


def test_there_are_enough_cases():
    families: list[Callable[[], list[Any]]] = [
        *(getattr(bad_bodies, name) for name in BATCH_FAMILIES),
        bad_bodies.unfit,
    ]
    assert sum(len(family()) for family in families) + len(bad_bodies.HEADERS) >= 400


@pytest.mark.parametrize("family", BATCH_FAMILIES)
async def test_what_is_not_plain_json_is_refused(idle: Service, family: str):
    keys = await idle.keys()
    for raw in getattr(bad_bodies, family)():
        for path in ("/v1/comments", "/v1/comments/batch"):
            check(await idle.ask("POST", path, raw=raw), 400, raw)
        signed = await idle.signed("POST", "/v1/comments", raw)
        check(signed, 400, raw)
    assert await idle.keys() == keys


async def test_what_cannot_be_is_refused_with_a_pointer(idle: Service):
    keys = await idle.keys()
    for body, pointer in bad_bodies.unfit():
        answer = await idle.ask("POST", "/v1/comments", raw=json.dumps(body).encode())
        check(answer, 422, body)
        assert answer.body["errors"][0]["pointer"] == pointer, body
    assert await idle.keys() == keys


async def test_a_batchs_unfit_comments_are_refused_one_by_one(idle: Service):
    keys = await idle.keys()
    cases = bad_bodies.unfit()
    for start in range(0, len(cases), 20):
        some = [body for body, _ in cases[start : start + 20]]
        answer = await idle.ask("POST", "/v1/comments/batch", {"comments": some})
        assert {one["status"] for one in answer.body["results"]} == {422}
        assert CANARY not in answer.text
    assert await idle.keys() == keys


async def test_only_plain_json_in_utf8_is_read(idle: Service):
    keys = await idle.keys()
    for headers in bad_bodies.HEADERS:
        check(
            await idle.ask("POST", "/v1/comments", bad_bodies.GOOD, headers=headers), 415, headers
        )
    assert await idle.keys() == keys
    for fit in (
        {"Content-Type": "Application/JSON"},
        {"Content-Type": 'application/json; charset="UTF-8"'},
        {"Content-Type": "application/json;charset=utf-8;x=y"},
        {"Content-Encoding": "identity"},
    ):
        assert (
            await idle.ask("POST", "/v1/comments", bad_bodies.GOOD, headers=fit)
        ).status == 202, fit


async def test_a_compressed_body_is_never_inflated(idle: Service):
    bomb = gzip.compress(b'{"text": "' + b"x" * 50_000_000)
    good = json.dumps(bad_bodies.GOOD).encode()
    keys = await idle.keys()
    for name, raw in (
        ("gzip", bomb),
        ("gzip", gzip.compress(good)),
        ("gzip", b"no gzip " + CANARY.encode()),
        ("deflate", zlib.compress(good)),
        ("deflate", b"\x00"),
        ("br", good),
    ):
        check(
            await idle.ask("POST", "/v1/comments", raw=raw, headers={"Content-Encoding": name}),
            415,
            name,
        )
    assert await idle.keys() == keys


async def _chunks(raw: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(raw), 1000):
        yield raw[start : start + 1000]


async def test_a_body_that_is_too_long_is_refused_however_it_comes(embedded_url: str):
    async with serving(embedded_url, works=False, max_body_bytes=4096) as service:
        keys = await service.keys()
        for size in (4097, 100_000, 900_000):
            raw = json.dumps(bad_bodies.GOOD).encode().ljust(size)
            check(await service.ask("POST", "/v1/comments", raw=raw), 413, size)
            streamed: Any = _chunks(raw)
            check(await service.ask("POST", "/v1/comments", raw=streamed), 413, size)
        assert await service.keys() == keys
        fits = json.dumps(bad_bodies.GOOD).encode().ljust(4096)
        streamed = _chunks(fits)
        assert (await service.ask("POST", "/v1/comments", raw=streamed)).status == 202


async def test_the_longest_texts_that_fit_are_taken(idle: Service):
    for text in ("x" * 20_480, "😀" * 20_480, "\u0301" * 20_480):
        answer = await idle.ask("POST", "/v1/comments", {"text": text})
        assert answer.status == 202
        check(await idle.ask("POST", "/v1/comments", {"text": text + "x"}), 422, "one more")
    nested = json.loads("[" * 29 + "]" * 29)
    fits = await idle.ask("POST", "/v1/comments", {"text": "x", "metadata": {"a": nested}})
    assert fits.status == 202


async def test_what_nobody_expected_is_a_500_without_a_word(
    idle: Service, monkeypatch: pytest.MonkeyPatch
):
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError(CANARY)

    logged = io.StringIO()
    structlog.reset_defaults()
    configure_logging(logged)
    monkeypatch.setattr(type(idle.context.intake), "submit", fail)
    monkeypatch.setattr(type(idle.context.intake), "look", fail)
    headers = {"X-Request-Id": "r-1"}
    answers = [
        await idle.ask("POST", "/v1/comments", bad_bodies.GOOD, headers=headers),
        await idle.ask("GET", "/v1/comments", external_id=CANARY, headers=headers),
    ]
    batch = await idle.ask("POST", "/v1/comments/batch", {"comments": [bad_bodies.GOOD]})
    for answer in answers:
        check(answer, 500, "")
        assert answer.body["request_id"] == answer.headers["X-Request-Id"] == "r-1"
    assert batch.body["results"][0]["problem"]["status"] == 500
    assert "RuntimeError" in logged.getvalue()
    assert '"request_id": "r-1"' in logged.getvalue()
    assert CANARY not in logged.getvalue() + batch.text


async def test_there_is_nothing_elsewhere(idle: Service):
    for path in ("/v1", f"/v1/{CANARY}", "/v1/comments/", "//v1/comments", "/v1/comments/a/b",
                 "/V1/comments", "/openapi.json/", "/metrics"):  # fmt: skip
        check(await idle.ask("GET", path), 404, path)
    answer = await idle.ask("PATCH", "/v1/comments", bad_bodies.GOOD)
    check(answer, 405, "PATCH")
    assert answer.headers["Allow"] == "GET, POST"
    assert (await idle.ask("OPTIONS", "/v1/queue")).status == 405


async def test_every_answer_says_what_it_is_and_is_not_kept(idle: Service):
    for path, scope in (("/v1/decisions", "submit"), ("/v1/decisions", None), ("/x", None)):
        answer = await idle.ask("GET", path, scope=scope)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Server" not in answer.headers
    for given in ("a b", "x" * 65, "é", "<x>", ""):
        answer = await idle.ask("GET", "/v1/decisions", headers={"X-Request-Id": given})
        assert answer.headers["X-Request-Id"].isalnum()
        assert len(answer.headers["X-Request-Id"]) == 16
