"""What a scrape shows: promtool takes it, exemplars lead on, and no caller adds a series."""

from __future__ import annotations

import asyncio
import random
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from prometheus_client import generate_latest
from prometheus_client.openmetrics import parser

from moderation.services.health import Health
from moderation.services.policies import PolicyBook
from moderation.web.ops import create_ops
from moderation.web.server import create_runner
from tests.ops import metrics_reference
from tests.ops.fuzzing import answered, fuzzed, labels_outside, send
from tests.requirements import require
from tests.web.kit import Service, serving

_OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}
_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@asynccontextmanager
async def scraping(service: Service) -> AsyncIterator[str]:
    """Serve the operators' port beside the API; yield the address of its metrics."""
    context = service.context
    health = Health(
        service.store, context.metrics, sites=list(context.settings.sites),
        policies=PolicyBook(service.store, context.settings), pool=None, model_is_needed=False,
    )  # fmt: skip
    ops = create_ops(
        context.metrics, ready=health.ready, started=health.started, measure=health.measure
    )
    runner = create_runner(ops, drain_s=2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/metrics"
    finally:
        await runner.cleanup()


async def test_promtool_takes_what_a_scrape_shows(embedded_url: str) -> None:
    async with serving(embedded_url) as service, scraping(service) as metrics:
        await service.submit()
        await service.ask("GET", "/nothing/here", scope=None)
        async with aiohttp.ClientSession() as http, http.get(metrics) as response:
            text = await response.text()
    command = [require("promtool"), "check", "metrics"]
    checked = await asyncio.to_thread(
        subprocess.run, command, input=text, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    assert 'moderation_stream_entries{stream="n"} 0.0' in text


async def test_exemplars_lead_to_the_request_and_the_trace(embedded_url: str) -> None:
    async with serving(embedded_url) as service, scraping(service) as metrics:
        headers = {"X-Request-Id": "req-17", "traceparent": f"00-{_TRACE}-00f067aa0ba902b7-01"}
        sent = {**headers, "Prefer": "wait=5"}
        await service.ask("POST", "/v1/comments", {"text": "a fine day"}, headers=sent)
        async with aiohttp.ClientSession(headers=_OPENMETRICS) as http, http.get(metrics) as found:
            assert "openmetrics" in found.headers["Content-Type"]
            families = parser.text_string_to_metric_families(await found.text())
            exemplars = {
                (family.name, *sample.exemplar.labels.items())
                for family in families
                for sample in family.samples
                if sample.exemplar
            }
    assert ("moderation_http_request_duration_seconds", ("request_id", "req-17")) in exemplars
    assert ("moderation_intake_duration_seconds", ("trace_id", _TRACE)) in exemplars
    assert ("moderation_decision_duration_seconds", ("trace_id", _TRACE)) in exemplars


async def test_a_caller_adds_no_series_of_their_own(embedded_url: str) -> None:
    dice = random.Random(20261123)
    async with serving(embedded_url, works=False) as service:
        await send(service, fuzzed(dice, 2500), at_once=16)
        metrics = service.context.metrics
        assert answered(metrics.registry) > 2000  # what is no HTTP ends some connections
        assert labels_outside(metrics.registry, service) == []
        assert "kanarienvogel" not in generate_latest(metrics.registry).decode()


def test_the_list_of_metrics_is_up_to_date() -> None:
    assert metrics_reference.PAGE.read_text() == metrics_reference.renewed()
