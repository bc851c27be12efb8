"""Gauges of what is in the store: right whatever happened to it, and silent while it is away."""

from __future__ import annotations

import math
import os
import signal
from pathlib import Path

import pytest

from moderation.store import keys
from moderation.store.embedded import EmbeddedServer
from moderation.telemetry import Metrics
from tests import service_kit as kit
from tests.service_kit import Service, service, until


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


def queued(s: Service) -> tuple[float, float, float]:
    """Return entries, reserved, and neither."""
    names = ("stream_entries", "stream_group_pending_entries", "stream_group_lag_entries")
    entries, pending, lag = (s.count(name, stream="n") for name in names)
    return entries, pending, lag


async def test_they_are_right_after_a_restart_of_everything(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "data")
    try:
        async with service(await server.start()) as s:
            await s.submit_all(kit.texts(3))
        await server.stop()
        async with service(await server.start()) as s:
            await s.health.measure()
            assert queued(s) == (3, 0, 3)
            assert 0 < s.count("stream_oldest_seconds", stream="n") < kit.PATIENCE_S
    finally:
        await server.stop()


async def test_they_are_right_after_entries_went_that_a_worker_had(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.submit_all(kit.texts(3))
        stream = keys.queue(0, "n")
        await s.store.redis.xreadgroup(keys.GROUP, "gone", {stream: ">"}, count=3)
        await s.health.measure()
        assert queued(s) == (3, 3, 0)
        await s.store.redis.xtrim(stream, maxlen=0, approximate=False)
        await s.health.measure()
        assert queued(s)[0] == queued(s)[2] == 0  # never less than nothing
        assert s.count("stream_oldest_seconds", stream="n") == 0


async def test_they_are_right_where_a_failover_lost_the_group(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.submit_all(kit.texts(2))
        await s.store.redis.xgroup_destroy(keys.queue(0, "n"), keys.GROUP)
        await s.health.measure()
        assert queued(s) == (2, 0, 2)


async def test_they_tell_nothing_while_the_store_is_away(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "data")
    try:
        async with service(await server.start()) as s:
            await s.submit_all(kit.texts(2))
            await s.health.measure()
            assert queued(s)[0] == 2
            assert server.pid
            os.kill(server.pid, signal.SIGKILL)

            async def is_missed() -> bool:
                await s.health.measure()
                return s.count("ready", check="redis") == 0

            await until(is_missed)
            registry = s.metrics.registry
            labels = {"stream": "n"}
            assert registry.get_sample_value("moderation_stream_entries", labels) is None
            assert math.isnan(s.count("callbacks_waiting"))
            assert sum(s.count("redis_errors_total", reason=r) for r in reasons(s.metrics)) > 0
    finally:
        await server.stop()


def reasons(metrics: Metrics) -> list[str]:
    [family] = [f for f in metrics.registry.collect() if f.name == "moderation_redis_errors"]
    return [s.labels["reason"] for s in family.samples if s.name.endswith("_total")]
