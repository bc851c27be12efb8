"""One role of the service as an operating-system process that can be killed and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import aiohttp

from moderation.store.server_command import bound

_RESTART_S = 0.2
_LOOK_S = 0.1
_READY_S = 120.0  # a cold machine loads a model for each worker at once
_STOP_S = 60.0


class NotReadyError(RuntimeError):
    """A role did not get ready; the message names its log."""


class RoleProcess:
    """`moderation serve --role ROLE`, restarted whenever it ends before `stop`.

    `faults` tells of ends that nobody asked for.
    """

    def __init__(self, name: str, arguments: list[str], ops_port: int, log: Path) -> None:
        self.name = name
        self.log = log
        self.faults: list[str] = []
        self._command = [sys.executable, "-m", "moderation", "serve", *arguments]
        self._command += ["--ops-port", str(ops_port)]
        self._ops = f"http://127.0.0.1:{ops_port}"
        self._child: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._was_killed = False

    async def start(self, environ: dict[str, str]) -> None:
        """Start the process and watch it."""
        self._environ = environ
        await self._spawn()
        self._watcher = asyncio.create_task(self._watch())

    async def ready(self, session: aiohttp.ClientSession) -> None:
        """Wait for its /readyz. Raises NotReadyError."""
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline and not self.faults:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.get(f"{self._ops}/readyz") as response:
                    if response.ok:
                        return
            await asyncio.sleep(_LOOK_S)
        raise NotReadyError(f"{self.name} did not get ready; see {self.log}")

    def kill(self) -> bool:
        """End the process with SIGKILL; False when it is not there just now."""
        if self._child is None or self._child.returncode is not None or self._was_killed:
            return False
        self._was_killed = True
        os.kill(self._child.pid, signal.SIGKILL)
        return True

    async def restart(self, session: aiohttp.ClientSession) -> None:
        """End the process with SIGTERM, and wait for the next one's /readyz. Raises NotReadyError.

        Not for one that is being killed.
        """
        child = self._child
        assert child is not None
        self._was_killed = True
        await self._end(child)
        while self._child is child:  # noqa: ASYNC110 - the watcher starts the next one
            await asyncio.sleep(_LOOK_S)
        await self.ready(session)

    async def stop(self) -> None:
        """End the process with SIGTERM, which lets it drain."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.wait([self._watcher])
        child = self._child
        if child is not None and child.returncode is None:
            await self._end(child)

    async def _end(self, child: asyncio.subprocess.Process) -> None:
        child.terminate()
        try:
            status = await asyncio.wait_for(child.wait(), _STOP_S)
        except TimeoutError:
            child.kill()
            await child.wait()
            self.faults.append(f"had not ended {_STOP_S:.0f} s after SIGTERM")
        else:
            if status not in {0, -signal.SIGTERM}:
                self.faults.append(f"ended with {status} after SIGTERM")

    async def _spawn(self) -> None:
        with self.log.open("ab") as output:
            self._child = await asyncio.create_subprocess_exec(
                *bound(self._command),
                env=self._environ,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is the driver's, which then ends all in order
            )

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return lines[-1] if lines else "it logged nothing"

    async def _watch(self) -> None:
        while True:
            assert self._child is not None
            status = await self._child.wait()
            if not self._was_killed:
                self.faults.append(f"ended by itself with {status}: {self._last_words()}")
            await asyncio.sleep(_RESTART_S)
            self._was_killed = False
            await self._spawn()
