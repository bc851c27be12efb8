"""`moderation serve` as a process of its own, with short times and the faulty scorer."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp

from moderation.store.server_command import bound
from tests.service_kit import PATIENCE_S, SECRET, until

_ROOT = Path(__file__).parents[1]
_QUICK = {
    "SCORER__SPEC": "python:tests.fakes.faulty_scorer:make",
    "SCORER__PROCESSES": "1",
    "SCORER__TIMEOUT_S": "2.0",
    "WORKER__LEASE_S": "4.0",
    "WORKER__HEARTBEAT_S": "0.3",
    "CALLBACKS__BACKOFF_S": "[0.1, 0.1, 0.1, 0.1, 0.1]",
}
_POLICY = 'name = "default"\nthresholds = {toxicity = 0.5, insult = 0.5}\n'
_LOADING_S = 4 * PATIENCE_S


@dataclass
class Program:
    """A started service. `said`: what it printed for a person; `logged`: its log's lines."""

    process: Process
    said: list[str]
    logged: list[str] = field(default_factory=list)
    reading: asyncio.Task[None] | None = None

    @property
    def ops(self) -> str:
        """Where probes and metrics are."""
        return self.said[0].split()[3].removesuffix("/metrics")

    @property
    def api(self) -> str:
        """Where the API is."""
        return self.said[1].split()[1]

    def offered(self) -> tuple[str, dict[str, str], str]:
        """Return URL, headers and body of the command that it offers to paste."""
        words = shlex.split(self.said[-1])
        headers = [word for flag, word in pairwise(words) if flag == "-H"]
        body = words[words.index("-d") + 1]
        return words[2], dict(header.split(": ", 1) for header in headers), body

    async def end(self, signum: int) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(signum)
        async with asyncio.timeout(_LOADING_S):
            return await self.process.wait()

    async def read_log(self) -> None:
        """Keep what is logged until the process ends."""
        assert self.process.stderr
        async for line in self.process.stderr:
            self.logged.append(line.decode())

    def events(self) -> list[str]:
        """Return what was logged so far, by event."""
        return [json.loads(line)["event"] for line in self.logged if line.startswith("{")]


@asynccontextmanager
async def program(
    directory: Path, *arguments: str, lines: int, **environ: str
) -> AsyncIterator[Program]:
    """Run `moderation serve` until it has said so many lines; kill it at the end if it is there."""
    policies = directory / "policies"
    policies.mkdir(exist_ok=True)
    (policies / "default.toml").write_text(_POLICY)
    settings = _QUICK | {"POLICIES_DIR": str(policies)}
    given = {f"MODERATION_{name}": value for name, value in settings.items()} | environ
    command = [sys.executable, "-m", "moderation", "serve", "--data", str(directory / "data")]
    process = await asyncio.create_subprocess_exec(
        *bound([*command, "--port", "0", "--ops-port", "0", *arguments]),
        env={**os.environ, "PYTHONPATH": str(_ROOT), **given},
        stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    running = Program(process, [])
    running.reading = asyncio.create_task(running.read_log())
    try:
        assert process.stdout
        async with asyncio.timeout(_LOADING_S):
            while len(running.said) < lines:
                line = (await process.stdout.readline()).decode()
                assert line, running.logged
                running.said.append(line.strip())
        yield running
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await running.reading


def configuration(directory: Path, **site: Any) -> Path:
    """Write a configuration with the site `news` and its keys, for roles that run apart."""
    key = {"name": "cms", "key": "k" * 32, "scopes": ["submit", "moderate", "admin"]}
    chosen = {"callback_secrets": [SECRET], "webhook_secrets": [SECRET], **site}
    lines = [f"{name} = {json.dumps(value)}" for name, value in chosen.items()]
    keys = [f"{name} = {json.dumps(value)}" for name, value in key.items()]
    path = directory / "moderation.toml"
    path.write_text("\n".join(["[sites.news]", *lines, "[[sites.news.api_keys]]", *keys]))
    return path


@dataclass(frozen=True)
class Caller:
    """A client that proves itself by a key, if it has one."""

    http: aiohttp.ClientSession

    async def get(self, url: str) -> tuple[int, str]:
        """Return the status and the body."""
        async with self.http.get(url) as response:
            return response.status, await response.text()

    async def post(self, url: str, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
        """Send JSON; return the status and the answer."""
        async with self.http.post(url, json=body, headers=headers) as response:
            return response.status, await response.json()

    async def decided(self, api: str, comment: str) -> dict[str, Any]:
        """Wait until a comment is decided and return its answer."""
        found: dict[str, Any] = {}

        async def is_decided() -> bool:
            _, body = await self.get(f"{api}/v1/comments/{comment}")
            found.update(json.loads(body))
            return bool(found["status"] != "pending")

        await until(is_decided)
        return found


@asynccontextmanager
async def calling(key: str = "") -> AsyncIterator[Caller]:
    """Yield a client."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    timeout = aiohttp.ClientTimeout(total=_LOADING_S)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as http:
        yield Caller(http)


async def probe(running: Program, name: str) -> bool:
    """Return whether a probe passes."""
    async with calling() as caller:
        return (await caller.get(f"{running.ops}/{name}"))[0] == 200
