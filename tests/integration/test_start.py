"""A start while the server is away: waited for, since a failover restarts processes too."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from moderation.store.embedded import EmbeddedServer
from tests.program import Program, configuration, probe, program
from tests.service_kit import until


@asynccontextmanager
async def starting(directory: Path, url: str, **environ: str) -> AsyncIterator[Program]:
    """Start a worker that has nothing to say yet."""
    config = configuration(directory)
    role = ("--role", "worker", "--config", str(config))
    async with program(directory, *role, lines=0, REDIS_URL=url, **environ) as running:
        yield running


async def is_waiting(running: Program) -> bool:
    return "waiting for the store" in running.events()


async def test_a_start_waits_for_a_server_that_is_away(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "server")
    url = await server.start()
    await server.stop()
    try:
        async with starting(tmp_path, url) as running:
            await until(lambda: is_waiting(running))
            await server.start()
            assert running.process.stdout
            running.said.append((await running.process.stdout.readline()).decode())
            await until(lambda: probe(running, "readyz"))
            assert await running.end(signal.SIGTERM) == 0
    finally:
        await server.stop()


async def test_a_start_that_waits_can_be_told_to_stop(tmp_path: Path) -> None:
    async with starting(tmp_path, f"unix://{tmp_path}/nobody.sock") as running:
        await until(lambda: is_waiting(running))
        assert await running.end(signal.SIGTERM) == 0


async def test_a_start_does_not_wait_for_ever(tmp_path: Path) -> None:
    nobody = f"unix://{tmp_path}/nobody.sock"
    async with starting(tmp_path, nobody, MODERATION_STORE__START_TIMEOUT_S="0") as running:
        assert await running.process.wait() == 1
        assert running.reading
        await running.reading
        assert running.logged[-1].startswith("Error: the Redis at REDIS_URL can't be reached")


async def test_a_site_that_nothing_opens_is_warned_of_and_one_with_a_hook_is_none(
    tmp_path: Path,
) -> None:
    config = tmp_path / "moderation.toml"
    config.write_text(
        "[sites.shut]\n[sites.hooked]\n[hooks.form]\nsite = 'hooked'\nmap = 'form'\n"
        "proof = 'sha256'\nheader = 'X-Signature-256'\nsecrets = ['0123456789abcdef']\n"
    )
    async with program(tmp_path, "--config", str(config), lines=1) as running:
        await until(lambda: probe(running, "readyz"))
        warned = [line for line in running.logged if "nobody can submit" in line]
        assert await running.end(signal.SIGTERM) == 0
    assert len(warned) == 1
    assert '"shut"' in warned[0]
