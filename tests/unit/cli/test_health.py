"""`moderation health` against the real operators' port, and against what isn't one."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from click.testing import Result

from moderation.telemetry import Metrics
from moderation.web.ops import create_ops
from moderation.web.server import create_runner
from tests.servers import free_port
from tests.unit.cli.conftest import Run


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[int]:
    """Serve an application on loopback; yield its port."""
    runner = create_runner(app, drain_s=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def ops(**checks: bool) -> web.Application:
    async def found() -> Mapping[str, bool]:
        return checks

    async def nothing() -> None:
        return

    return create_ops(Metrics(), ready=found, started=found, measure=nothing)


async def asked(run: Run, port: int, probe: str) -> Result:
    return await asyncio.to_thread(run, "health", probe, "--ops-port", str(port))


@pytest.mark.parametrize("probe", ["livez", "readyz", "startupz"])
async def test_a_probe_that_passes_is_status_0(run: Run, probe: str) -> None:
    async with serving(ops(redis=True)) as port:
        result = await asked(run, port, probe)
    assert (result.exit_code, result.output) == (0, "ok\n")


async def test_a_probe_that_fails_says_which_check(run: Run) -> None:
    async with serving(ops(redis=False, not_draining=True, model=False)) as port:
        result = await asked(run, port, "readyz")
        assert (await asked(run, port, "livez")).exit_code == 0
    assert result.exit_code == 1
    assert "readyz: redis, model" in result.output


async def test_where_nothing_listens_it_fails(run: Run) -> None:
    result = await asked(run, free_port(), "livez")
    assert result.exit_code == 1
    assert "ConnectionRefusedError" in result.output


async def test_another_service_on_the_port_is_not_healthy(run: Run) -> None:
    async with serving(web.Application()) as port:
        result = await asked(run, port, "livez")
    assert result.exit_code == 1
    assert "not a probe's" in result.output


async def test_the_port_is_the_services_own_setting(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(ops(redis=True)) as port:
        monkeypatch.setenv("MODERATION_OPS__PORT", str(port))
        result = await asyncio.to_thread(run, "health")
    assert result.exit_code == 0


def test_it_reads_in_nothing_of_the_service() -> None:
    """A probe runs every half a minute in each container."""
    asked = "import sys, moderation.cli.health; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", asked], text=True).split()
    assert not {"aiohttp", "redis", "pydantic", "onnxruntime", "moderation.app"} & set(loaded)
