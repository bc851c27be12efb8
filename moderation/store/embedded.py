"""The embedded server: a real Valkey that this process owns, on a Unix socket.

It keeps what it has answered for (append-only file, fsync always), ends with its parent, is
restarted when it dies, and is alone in its directory: the lock on `DIR/lock` is inherited by the
child, so it lives as long as either of the two.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import threading
import time
from pathlib import Path

import structlog

from moderation.store import server_socket
from moderation.store.server_command import bound, find_binary, server_command

log = structlog.get_logger(__name__)

_POLL_S = 0.02
_STOP_S = 30.0
_FIRST_DELAY_S, _LAST_DELAY_S = 0.1, 5.0
_STEADY_S = 30.0


class EmbeddedServerError(RuntimeError):
    """The embedded server can't run; the message is for the operator."""


class EmbeddedServer:
    """One Valkey in one data directory, from `start` to `stop`.

    `lock_wait_s`: how long to wait for the directory, since the child of a parent that was just
    killed still writes out what it has. `ready_s`: how long loading the data may take.
    """

    def __init__(self, data_dir: Path, *, lock_wait_s: float = 5.0, ready_s: float = 300.0) -> None:
        self._dir = data_dir.absolute()
        self._lock_wait_s = lock_wait_s
        self._ready_s = ready_s
        self._lock: int | None = None
        self._socket = Path()
        self._command: list[str] = []
        self._child: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id, None while there is none."""
        return self._child.pid if self._child and self._child.returncode is None else None

    async def start(self) -> str:
        """Start the server and return its URL once it answers. Raises EmbeddedServerError.

        From the main thread only: the kernel ends the child with the thread that started it.
        """
        if threading.current_thread() is not threading.main_thread():
            raise EmbeddedServerError("the embedded server is started from the main thread only")
        binary = find_binary()
        try:
            self._dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = await self._locked()
            self._socket = server_socket.socket_of(self._dir)
            self._command = bound(server_command(binary, self._dir, self._socket))
            await self._spawn()
        except BaseException as error:
            await self.stop()
            if isinstance(error, OSError):
                raise EmbeddedServerError(f"the embedded server can't start: {error}") from error
            raise
        self._watcher = asyncio.create_task(self._watch(), name="embedded-server")
        return server_socket.url_of(self._socket)

    async def stop(self) -> None:
        """End the server gracefully and give its directory back; harmless when nothing runs."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.wait([self._watcher])
            self._watcher = None
        await self._end_child(_STOP_S)
        if self._lock is not None:
            server_socket.forget(self._dir)
            os.close(self._lock)
            self._lock = None

    async def _locked(self) -> int:
        lock = os.open(self._dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + self._lock_wait_s
        try:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise EmbeddedServerError(
                            f"another embedded server already runs in {self._dir}; stop it, or "
                            "choose another data directory"
                        ) from None
                    await asyncio.sleep(_POLL_S)
                else:
                    return lock
        except BaseException:
            os.close(lock)
            raise

    async def _spawn(self) -> None:
        assert self._lock is not None  # noqa: S101
        log_file = os.open(
            self._dir / "server.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
        )
        try:
            self._child = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log_file,
                stderr=log_file,
                pass_fds=(self._lock,),
                # Ctrl-C at the terminal is for the parent, which still needs the server to drain.
                start_new_session=True,
            )
        finally:
            os.close(log_file)
        deadline = time.monotonic() + self._ready_s
        while not await server_socket.answers(self._socket):
            if self._child.returncode is not None:
                raise EmbeddedServerError(
                    f"the embedded server ended with status {self._child.returncode}; it says why "
                    f"in {self._dir / 'server.log'}"
                )
            if time.monotonic() > deadline:
                await self._end_child(0)
                raise EmbeddedServerError(f"the embedded server took over {self._ready_s:.0f} s")
            await asyncio.sleep(_POLL_S)

    async def _watch(self) -> None:
        """Restart the server whenever it dies, on the same socket, with a growing pause."""
        delay = _FIRST_DELAY_S
        while True:
            assert self._child is not None  # noqa: S101
            since = time.monotonic()
            status = await self._child.wait()
            if time.monotonic() - since > _STEADY_S:
                delay = _FIRST_DELAY_S
            log.warning("embedded_server_died", status=status, restart_in_s=delay)
            await asyncio.sleep(delay)
            delay = min(2 * delay, _LAST_DELAY_S)
            try:
                await self._spawn()
            except (EmbeddedServerError, OSError) as error:
                log.error("embedded_server_failed", error=str(error))  # noqa: TRY400
            else:
                log.info("embedded_server_restarted", pid=self.pid)

    async def _end_child(self, grace_s: float) -> None:
        if self._child is None or self._child.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._child.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._child.wait(), grace_s)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._child.kill()
            await self._child.wait()
