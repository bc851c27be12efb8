"""A Redis or Valkey that a proof owns: it is killed when told and comes back only when told."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import redis

from moderation.store import server_socket
from moderation.store.server_command import bound, find_binary, server_command
from tests.servers import free_port

_STARTED_S = 60
_LOOK_S = 0.02


class Server:
    """One server process in `directory`, at `url`; what it says goes to `server.log` there."""

    def __init__(
        self, command: list[str], directory: Path, url: str, environ: Mapping[str, str] = {}
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.url = url
        self.log = directory / "server.log"
        self._command = command
        self._environ = environ
        self._child: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, None while it does not run."""
        return self._child.pid if self._child and self._child.returncode is None else None

    async def start(self) -> str:
        """Start it and return its URL once it has loaded what it had."""
        with self.log.open("ab") as output:
            self._child = await asyncio.create_subprocess_exec(
                *bound(self._command),
                env=os.environ | self._environ,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + _STARTED_S
        while not self._answers():
            assert self._child.returncode is None, f"a server ended; see {self.log}"
            assert time.monotonic() < deadline, f"a server does not answer; see {self.log}"
            await asyncio.sleep(_LOOK_S)
        return self.url

    def send(self, signum: int) -> None:
        """Send it a signal."""
        assert self.pid is not None
        os.kill(self.pid, signum)

    async def kill(self) -> None:
        """End it with SIGKILL and see it dead."""
        assert self._child is not None
        self.send(signal.SIGKILL)
        await self._child.wait()

    async def stop(self) -> None:
        """End it, however it is just now."""
        if self._child is not None and self._child.returncode is None:
            self._child.kill()
            await self._child.wait()

    def admin(self) -> redis.Redis:
        """Return a client of this server alone."""
        return redis.Redis.from_url(self.url, decode_responses=True, socket_timeout=5)

    def _answers(self) -> bool:
        try:
            with self.admin() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def embedded(data: Path, environ: Mapping[str, str] = {}, **options: str) -> Server:
    """Return the embedded server's binary with its own options, but for those given."""
    socket = server_socket.socket_of(data.absolute())
    command = server_command(find_binary(), data.absolute(), socket)
    for name, value in options.items():
        command[command.index(f"--{name}") + 1] = value
    return Server(command, data, server_socket.url_of(socket), environ)


def on_port(directory: Path, **options: str) -> Server:
    """Return a server of the same binary on a loopback port, its log synced at every write."""
    port = free_port()
    chosen = {
        "port": str(port), "bind": "127.0.0.1", "dir": str(directory), "save": "",
        "appendonly": "yes", "appendfsync": "always", "repl-diskless-sync-delay": "0",
    } | options  # fmt: skip
    command = [str(find_binary()), *(part for n, v in chosen.items() for part in (f"--{n}", v))]
    return Server(command, directory, f"redis://127.0.0.1:{port}")
