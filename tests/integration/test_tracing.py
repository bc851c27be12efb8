"""One comment's way by its trace: in the log, to the receiver, and as spans at a collector.

The service is a process of its own. The collector is a real endpoint that reads OTLP.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from moderation import tracing
from tests.program import Program, calling, configuration, program
from tests.receiver import Receiver, receiving
from tests.service_kit import PATIENT, service, texts, until

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAMPLED, UNSAMPLED = (f"00-{TRACE}-{CALLER}-{flags}" for flags in ("01", "00"))
[TEXT] = texts(1, held=True)
_WAITED_S = 0.3


@asynccontextmanager
async def collecting() -> AsyncIterator[tuple[str, list[Span]]]:
    """Yield a collector's address and the spans that came."""
    spans: list[Span] = []

    async def collect(request: web.Request) -> web.Response:
        body = await request.read()
        assert TEXT.encode() not in body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            spans.extend(span for scope in resource.scope_spans for span in scope.spans)
        return web.Response()

    app = web.Application()
    app.router.add_post("/v1/traces", collect)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", spans
    await runner.cleanup()


@asynccontextmanager
async def running(directory: Path, receiver: Receiver, **environ: str) -> AsyncIterator[Program]:
    config = configuration(directory, callback_url=receiver.url)
    allowed = {"MODERATION_CALLBACKS__ALLOW_PRIVATE_HOSTS": f'["127.0.0.1:{receiver.port}"]'}
    arguments = ("--config", str(config))
    async with program(directory, *arguments, lines=3, **allowed, **environ) as started:
        yield started


async def sent(service: Program, receiver: Receiver, name: str, **headers: str) -> str:
    """Submit a comment, wait for its callback, and return its id."""
    before = len(receiver.accepted)
    async with calling("k" * 32) as caller:
        status, answer = await caller.post(
            f"{service.api}/v1/comments", {"text": TEXT, "external_id": name}, **headers
        )
        assert status == 202

    async def is_told() -> bool:
        return len(receiver.accepted) > before

    await until(is_told)
    return str(answer["id"])


def lines(service: Program, comment: str) -> dict[str, dict[str, Any]]:
    """Return what the log says of a comment, by event."""
    said = [json.loads(line) for line in service.logged if line.startswith("{")]
    return {line["event"]: line for line in said if line.get("comment") == comment}


async def test_a_trace_is_in_the_log_and_at_the_receiver_as_it_came(tmp_path: Path) -> None:
    async with receiving() as receiver, running(tmp_path, receiver) as service:
        given = {"traceparent": SAMPLED, "X-Request-Id": "request-1"}
        traced = await sent(service, receiver, "1", **given)
        plain = await sent(service, receiver, "2", traceparent="you are an idiot")
        assert await service.end(signal.SIGTERM) == 0
    assert [call.traceparent for call in receiver.accepted] == [SAMPLED, None]
    told = lines(service, traced)
    assert list(told) == ["accepted", "decided", "callback delivered"]
    assert {line["trace_id"] for line in told.values()} == {TRACE}
    assert told["accepted"]["request_id"] == "request-1"
    decided = told["decided"]
    assert (decided["decision"], decided["policy"], decided["model"]) == (
        "hold",
        "default/1",
        "faulty/1",
    )
    assert {"reasons", "scorer_ms", "waited_ms", "revision", "version", "site"} <= decided.keys()
    untraced = lines(service, plain)
    assert "trace_id" not in untraced["accepted"]
    assert untraced["decided"]["trace_id"] is None
    assert "idiot" not in "".join(service.logged)


async def test_a_refused_request_is_a_line_by_rule_and_route(tmp_path: Path) -> None:
    async with receiving() as receiver, running(tmp_path, receiver) as service:
        async with calling("w" * 32) as stranger:
            given = {"traceparent": SAMPLED, "X-Request-Id": "request-1"}
            status, _ = await stranger.post(f"{service.api}/v1/comments", {"text": TEXT}, **given)
            assert status == 401
            assert (await stranger.get(f"{service.api}/you are an idiot?key={TEXT}"))[0] == 404
        assert await service.end(signal.SIGTERM) == 0
    said = [json.loads(line) for line in service.logged if '"refused"' in line]
    told = ("route", "method", "status", "problem", "left_out")
    assert [[line[name] for name in told] for line in said] == [
        ["/v1/comments", "POST", 401, "unauthorized", 0],
        ["unmatched", "GET", 404, "not-found", 0],
    ]
    assert (said[0]["trace_id"], said[0]["request_id"]) == (TRACE, "request-1")
    assert "idiot" not in "".join(service.logged)


async def test_spans_lead_from_the_webhook_to_the_callback(tmp_path: Path) -> None:
    on = {"MODERATION_TRACING__ENABLED": "true", "OTEL_SERVICE_NAME": "comments"}
    async with collecting() as (address, spans), receiving() as receiver:
        on["OTEL_EXPORTER_OTLP_ENDPOINT"] = address
        async with running(tmp_path, receiver, **on) as service:
            comment = await sent(service, receiver, "1", traceparent=SAMPLED)
            quiet = await sent(service, receiver, "2", traceparent=UNSAMPLED)
            assert await service.end(signal.SIGTERM) == 0
    by_name = {span.name: span for span in spans if span.trace_id.hex() == TRACE}
    received = by_name["POST /v1/comments"]
    assert received.parent_span_id.hex() == CALLER
    for name in ("queued", "decide", "callback"):
        assert by_name[name].parent_span_id == received.span_id
        assert attributes(by_name[name])["comment"] == comment
    assert attributes(by_name["decide"])["decision"] == "hold"
    assert attributes(by_name["callback"])["outcome"] == "delivered"
    assert attributes(received)["http.response.status_code"] == "202"
    callback = by_name["callback"].span_id.hex()
    assert receiver.accepted[0].traceparent == f"00-{TRACE}-{callback}-01"
    # The caller chose not to have this one recorded: it goes on, and nothing is sent of it.
    assert (receiver.accepted[1].traceparent or "").startswith(f"00-{TRACE}-")
    assert (receiver.accepted[1].traceparent or "").endswith("-00")
    assert not [span for span in spans if attributes(span).get("comment") == quiet]
    assert {line["trace_id"] for line in lines(service, comment).values()} == {TRACE}


def attributes(span: Span) -> dict[str, str]:
    """Return a span's attributes as text."""
    return {one.key: one.value.string_value or str(one.value.int_value) for one in span.attributes}


def test_switched_off_nothing_of_it_is_imported() -> None:
    code = "import sys, moderation.app; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    imported = ran.stdout.split()
    assert "moderation.tracing" in imported
    # redis-py imports the SDK's metrics, where they are installed, for itself.
    odd = ("moderation.spans", "opentelemetry.sdk.trace", "opentelemetry.exporter")
    assert not [name for name in imported if name.startswith(odd)]


async def test_the_wait_in_the_queue_is_a_span_of_its_own(embedded_url: str) -> None:
    """It goes from being accepted to being looked at, where `decide` begins."""
    exporter = InMemorySpanExporter()
    off = tracing.switch_on(exporter)
    try:
        async with service(embedded_url, PATIENT) as s:
            with tracing.span("POST /v1/comments", SAMPLED, "server"):
                answer = await s.submit(TEXT, "1")
            await asyncio.sleep(_WAITED_S)  # before anybody works
            await s.work()
            await s.decided([answer["id"]])
    finally:
        off()
    by_name = {span.name: span for span in exporter.get_finished_spans()}
    queued, decided = by_name["queued"], by_name["decide"]
    assert queued.start_time
    assert queued.end_time
    assert queued.end_time - queued.start_time >= _WAITED_S * 1e9
    assert queued.end_time == decided.start_time
    received = by_name["POST /v1/comments"].context
    assert queued.parent
    assert received
    assert queued.parent.span_id == received.span_id
    assert dict(queued.attributes or {}) == {"comment": answer["id"], "lane": "n", "deliveries": 1}


async def test_what_is_scored_again_did_not_wait_meanwhile(embedded_url: str) -> None:
    exporter = InMemorySpanExporter()
    off = tracing.switch_on(exporter)
    changes = {"worker.unavailable_after_s": 0.1, "worker.rescore_backoff_s": (0.1,)}
    try:
        async with service(embedded_url, PATIENT | changes) as s:
            s.run(s.worker())  # without a scorer
            await s.decided([(await s.submit(TEXT, "1"))["id"]])
            await s.pool.start()
            await until(lambda: s.count("decisions_total", outcome="hold", source="model") == 1)
    finally:
        off()
    names = [span.name for span in exporter.get_finished_spans()]
    assert (names.count("queued"), names.count("decide")) == (1, 2)


def failing() -> None:
    """Raise what quotes a text, inside of a step."""
    with tracing.span("callback", SAMPLED, "client") as taken:
        assert tracing.current() == taken.traceparent != SAMPLED
        raise ValueError(TEXT)


def test_a_fault_in_a_step_is_told_by_its_kind_alone() -> None:
    exporter = InMemorySpanExporter()
    off = tracing.switch_on(exporter)
    try:
        with pytest.raises(ValueError, match="idiot"):
            failing()
    finally:
        off()
    (span,) = exporter.get_finished_spans()
    assert dict(span.attributes or {}) == {"error.type": "ValueError"}
    assert "idiot" not in span.to_json()
    assert tracing.current() == ""


def test_without_the_extra_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "moderation.spans", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(tracing.TracingError, match=r"comment-moderation\[otel\]"):
        tracing.switch_on()
