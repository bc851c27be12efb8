"""A host of its own for a client whose host is fixed: a network, a hosts file and a CA apart.

    python -m tests.clients.fixed_host SOCKET HOST COMMAND…

runs the command where HOST is 127.0.0.1, and port 443 there leads to the Unix socket. Run it under
`unshare --net --mount --map-root-user`.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile


async def _forwarded(
    socket: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    there, back = await asyncio.open_unix_connection(socket)

    async def copy(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while chunk := await source.read(65536):
            to.write(chunk)
            await to.drain()
        to.close()

    await asyncio.gather(copy(reader, back), copy(there, writer), return_exceptions=True)


async def main(socket: str, host: str, command: list[str]) -> int:
    """Return the command's exit status."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)  # noqa: ASYNC221 - nothing runs yet
    with tempfile.NamedTemporaryFile("w", suffix=".hosts") as hosts:
        hosts.write(f"127.0.0.1 localhost {host}\n")
        hosts.flush()
        subprocess.run(["mount", "--bind", hosts.name, "/etc/hosts"], check=True)  # noqa: ASYNC221
        server = await asyncio.start_server(
            lambda reader, writer: _forwarded(socket, reader, writer), "127.0.0.1", 443
        )
        async with server:
            process = await asyncio.create_subprocess_exec(*command, env=os.environ)
            return await process.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:])))
