"""An upgrade and the way back under traffic: processes of two versions over one server.

`python -m tests.deploy.rolling REVISION` does it with a revision of the repository and the working
tree; a test does it with a copy whose scripts differ.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import click

from tests.deploy.dockerfile import DOCKERFILE
from tests.program import Caller, Program, calling, configuration, probe, program
from tests.servers import redis_server
from tests.service_kit import until

ROOT = DOCKERFILE.parent
#: Prints the hash of each script of the version that runs it.
_HASHES = (
    "import json; from moderation.store.scripts import SCRIPTS; "
    "print(json.dumps({name: script.sha for name, script in SCRIPTS.items()}))"
)


def environ(tree: Path) -> dict[str, str]:
    """Return what makes a process run the package of `tree`, with the tests' scorer of its time."""
    return {"PYTHONPATH": f"{tree}:{ROOT}", "PYTHONSAFEPATH": "1"}


def hashes(tree: Path) -> dict[str, str]:
    """Return the hashes of a version's scripts, by name."""
    said = subprocess.check_output([sys.executable, "-c", _HASHES], env=environ(tree), text=True)
    found: dict[str, str] = json.loads(said)
    return found


@dataclass
class Rolling:
    """Two versions over one server, and what was sent to them."""

    directory: Path
    url: str
    old: Path
    new: Path = ROOT
    sent: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    async def run(self) -> list[dict[str, Any]]:
        """Go from the old version to the new one and back; return every comment's answer."""
        (self.directory / "run").mkdir()
        config = configuration(self.directory)
        async with AsyncExitStack() as stack, calling("k" * 32) as caller:

            async def start(tree: Path, role: str) -> Program:
                own = Path(tempfile.mkdtemp(dir=self.directory / "run"))
                words = ("--role", role, "--config", str(config))
                given = environ(tree) | {"REDIS_URL": self.url}
                lines = 2 if role == "api" else 1
                made = await stack.enter_async_context(program(own, *words, lines=lines, **given))
                await until(lambda: probe(made, "readyz"))
                return made

            old_api, old_worker = await asyncio.gather(
                start(self.old, "api"), start(self.old, "worker")
            )
            await self._send(caller, old_api)
            new_worker = await start(self.new, "worker")  # beside the old one
            await self._send(caller, old_api)
            await old_worker.end(signal.SIGTERM)
            await self._send(caller, old_api)
            new_api = await start(self.new, "api")
            await asyncio.gather(self._send(caller, old_api), self._send(caller, new_api))
            await old_api.end(signal.SIGTERM)
            await self._send(caller, new_api)
            old_worker = await start(self.old, "worker")  # and back
            await new_worker.end(signal.SIGTERM)
            await self._send(caller, new_api)
            return [await caller.decided(new_api.api, one) for one in self.sent]

    async def _send(self, caller: Caller, running: Program) -> None:
        for _ in range(20):
            number = next(self._numbers)
            body = {"text": f"comment {number}", "external_id": f"e{number}"}
            status, answer = await caller.post(f"{running.api}/v1/comments", body)
            assert status in {200, 202}, answer
            self.sent.append(str(answer["id"]))


def exported(revision: str, directory: Path) -> Path:
    """Write the package as it was at `revision`, and the tests' scorer, which is made for it."""
    parts = ("moderation", "config", "tests/fakes")
    command = ["git", "-C", str(ROOT), "archive", revision, *parts]
    with tarfile.open(fileobj=BytesIO(subprocess.check_output(command))) as tar:
        tar.extractall(directory, filter="data")
    return directory


@click.command()
@click.argument("revision")
def main(revision: str) -> None:
    """Upgrade from REVISION to the working tree under traffic, and go back."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        old = exported(revision, directory / "old")
        before, after = hashes(old), hashes(ROOT)
        changed = [script for script in after if before.get(script) != after[script]]
        (directory / "server").mkdir()
        with redis_server(directory / "server", appendfsync="always") as port:
            rolling = Rolling(directory, f"redis://127.0.0.1:{port}", old)
            found = asyncio.run(rolling.run())
    once = sum(one["version"] == 2 for one in found)
    click.echo(f"{len(changed)} of {len(after)} scripts differ from {revision}'s")
    click.echo(f"{len(found)} comments were accepted, {once} decided once")
    if once != len(found):
        sys.exit(1)


if __name__ == "__main__":
    main()
