"""Where the embedded server's Unix socket lies, and whether a server answers there."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import tempfile
from pathlib import Path
from urllib.parse import quote

# sun_path is 104 bytes on macOS and 108 on Linux, with the closing NUL (unix(7)).
_PATH_MAX = 103
_NAME = "server.sock"
_ANSWER_S = 1.0


def socket_of(data_dir: Path) -> Path:
    """Return the path to bind for the server of `data_dir`.

    Where the directory's own name is too long for a socket, a private directory under the
    temporary one holds it and `DIR/server.sock` is a link that says where.
    """
    path = data_dir.resolve() / _NAME
    if _fits(path):
        return path
    if (known := _linked(path)) is not None:
        return known
    short = Path(tempfile.mkdtemp(prefix="moderation-")) / _NAME
    if not _fits(short):
        short.parent.rmdir()
        raise OSError(f"both {data_dir} and the temporary directory are too long for a socket")
    path.unlink(missing_ok=True)
    path.symlink_to(short)
    return short


def forget(data_dir: Path) -> None:
    """Remove what `socket_of` made, once the server has ended."""
    path = data_dir.resolve() / _NAME
    if (short := _linked(path)) is not None:
        short.unlink(missing_ok=True)
        short.parent.rmdir()
    path.unlink(missing_ok=True)


def url_of(path: Path) -> str:
    """Return the `unix://` URL of a socket."""
    return f"unix://{quote(str(path))}"


def find_running(data_dir: Path) -> str | None:
    """Return the URL of the server that runs in `data_dir`, None when there is none."""
    path = data_dir.resolve() / _NAME
    path = path if _fits(path) else _linked(path) or path
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_ANSWER_S)
        try:
            probe.connect(str(path))
        except OSError:
            return None
    return url_of(path)


async def answers(path: Path) -> bool:
    """Return whether the server at `path` has loaded its data and answers."""
    try:
        async with asyncio.timeout(_ANSWER_S):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                writer.write(b"PING\r\n")
                return await reader.readline() == b"+PONG\r\n"
            finally:
                writer.close()
    except OSError:  # TimeoutError is one
        return False


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= _PATH_MAX


def _linked(path: Path) -> Path | None:
    """Return the short path that `path` points to, if its directory is still ours alone."""
    try:
        short = path.readlink()
        found = short.parent.lstat()
    except OSError:
        return None
    private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700  # noqa: PLR2004
    return short if private and found.st_uid == os.geteuid() else None
