"""The roles as a deployment's files start them, run here: real processes over a real server."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.program import Caller, Program, calling, configuration, probe, program
from tests.service_kit import until

ROLES = ("api", "worker", "notifier")
#: A role alone says one line, an api two.
_LINES = {"api": 2}


def configured(directory: Path, url: str) -> Path:
    """Write the one file that holds every secret, the server's address among them."""
    path = configuration(directory)
    path.write_text(f"redis_url = {json.dumps(url)}\n{path.read_text()}")
    return path


@asynccontextmanager
async def started(
    directory: Path,
    commands: Mapping[str, Sequence[str]],
    config: Path,
    environ: Mapping[str, Mapping[str, str]] | None = None,
) -> AsyncIterator[dict[str, Program]]:
    """Run each role by its own command, with ports of ours and `config` in the file's place."""
    async with AsyncExitStack() as stack:
        running = {}
        for role, words in commands.items():
            command = list(words)
            assert command.pop(0) == "serve"
            command[command.index("--config") + 1] = str(config)
            own = directory / role
            own.mkdir()
            running[role] = await stack.enter_async_context(
                program(own, *command, lines=_LINES.get(role, 1), **(environ or {}).get(role, {}))
            )
        yield running


async def serves(running: Mapping[str, Program]) -> None:
    """Send a comment through all of it; every role is ready, and each ends when it is told."""
    for one in running.values():
        await until(lambda one=one: probe(one, "readyz"))  # type: ignore[misc]
        assert await probe(one, "startupz")
    async with calling("k" * 32) as caller:
        made = await sent(caller, running["api"].api, "you are an idiot")
        assert (await caller.decided(running["api"].api, made))["decision"] == "hold"
    ended = await asyncio.gather(*(one.end(signal.SIGTERM) for one in running.values()))
    assert ended == [0] * len(running)


async def sent(caller: Caller, api: str, text: str) -> str:
    """Submit a text and return its id."""
    status, body = await caller.post(f"{api}/v1/comments", {"text": text})
    assert status in {200, 202}, body
    return str(body["id"])
