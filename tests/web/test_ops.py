"""The operators' port, and what requests leave in the metrics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from moderation.telemetry import Metrics
from moderation.web.ops import create_ops
from moderation.web.server import create_runner
from tests.web.kit import Service


@dataclass
class Ops:
    url: str
    metrics: Metrics
    checks: dict[str, bool] = field(default_factory=lambda: {"store": True, "model": True})
    fault: Exception | None = None
    hangs: bool = False

    async def measure(self) -> None:
        self.metrics.callbacks_waiting.inc()

    async def check(self) -> Mapping[str, bool]:
        if self.hangs:
            await asyncio.sleep(3600)
        if self.fault:
            raise self.fault
        return self.checks


@asynccontextmanager
async def open_ops() -> AsyncIterator[tuple[Ops, aiohttp.ClientSession]]:
    metrics = Metrics()
    ops = Ops("", metrics)
    runner = create_runner(
        create_ops(metrics, ready=ops.check, started=ops.check, measure=ops.measure)
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ops.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as http:
        yield ops, http
    await runner.cleanup()


async def probe(ops: Ops, http: aiohttp.ClientSession, path: str) -> tuple[int, object]:
    async with http.get(ops.url + path) as response:
        assert "Server" not in response.headers
        return response.status, await response.json(content_type=None)


async def test_the_probes_say_which_check_fails():
    async with open_ops() as (ops, http):
        good = {"status": "ok", "checks": ops.checks}
        assert await probe(ops, http, "/readyz") == (200, good)
        assert await probe(ops, http, "/startupz") == (200, good)
        ops.checks = {"store": False, "model": True}
        bad = {"status": "failed", "checks": ops.checks}
        assert await probe(ops, http, "/readyz") == (503, bad)
        assert await probe(ops, http, "/startupz") == (503, bad)


async def test_a_process_lives_while_its_loop_does(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("moderation.web.ops._CHECK_S", 0.05)
    async with open_ops() as (ops, http):
        ops.hangs = True
        assert (await probe(ops, http, "/readyz"))[0] == 503
        assert await probe(ops, http, "/livez") == (200, {"status": "ok"})
        ops.hangs, ops.fault = False, RuntimeError("a detail")
        status, body = await probe(ops, http, "/readyz")
        assert status == 503
        assert "detail" not in str(body)
        assert (await probe(ops, http, "/livez"))[0] == 200


async def test_metrics_are_exposed():
    async with open_ops() as (ops, http):
        ops.metrics.received.labels("new").inc()
        async with http.get(f"{ops.url}/metrics") as response:
            assert response.status == 200
            text = await response.text()
        assert 'moderation_comments_received_total{result="new"} 1.0' in text
        assert "moderation_callbacks_waiting 1.0" in text  # measured for this scrape
        status, body = await probe(ops, http, "/nothing")
        assert (status, dict(body)["status"]) == (404, 404)  # type: ignore[call-overload]


async def test_requests_are_counted_by_route_and_never_by_path(idle: Service):
    registry = idle.context.metrics.registry
    await idle.ask("GET", f"/v1/comments/c_{'a' * 32}")
    await idle.ask("GET", "/nothing/here", scope=None)
    await idle.ask("PROPFIND", "/v1/queue", scope=None)

    def count(route: str, method: str, code: str) -> float | None:
        labels = {"route": route, "method": method, "code": code}
        return registry.get_sample_value("moderation_http_requests_total", labels)

    assert count("/v1/comments/{id}", "GET", "404") == 1
    assert count("unmatched", "GET", "404") == 1
    assert count("unmatched", "other", "405") == 1
    assert registry.get_sample_value("moderation_http_requests_in_flight") == 0
    duration = {"route": "/v1/comments/{id}", "method": "GET"}
    name = "moderation_http_request_duration_seconds_count"
    assert registry.get_sample_value(name, duration) == 1


async def test_a_store_that_is_away_is_a_503(idle: Service, monkeypatch: pytest.MonkeyPatch):
    async def away(*_: object, **__: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(type(idle.store.redis), "execute_command", away)
    monkeypatch.setattr(type(idle.store.redis.pipeline()), "execute", away)
    for method, path, body in (
        ("POST", "/v1/comments", {"text": "one"}),
        ("GET", f"/v1/comments/c_{'a' * 32}", None),
        ("GET", "/v1/decisions", None),
    ):
        answer = await idle.ask(method, path, body)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1"), answer.text
        assert answer.body["type"].endswith(":store-down")
    unknown = {"Authorization": "Bearer mod_abc_def"}
    answer = await idle.ask("GET", "/v1/decisions", scope=None, headers=unknown)
    assert answer.status == 503
    found = idle.context.metrics.registry.get_sample_value(
        "moderation_redis_errors_total", {"reason": "connection"}
    )
    assert found == 4
    monkeypatch.undo()
