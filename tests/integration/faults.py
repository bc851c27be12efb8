"""What goes wrong with a server, made to happen: it is killed, or its answer is lost."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Literal, TypeVar
from urllib.parse import unquote, urlsplit

from moderation.domain.errors import StoreDownError
from moderation.store.embedded import EmbeddedServer

T = TypeVar("T")
_POLL_S = 0.02


async def until(happened: Callable[[], Awaitable[bool]]) -> None:
    """Return when `happened` says so; the caller sets the limit."""
    while True:
        if await happened():
            return
        await asyncio.sleep(_POLL_S)


async def persistently(call: Callable[[], Awaitable[T]]) -> T:
    """Repeat a call, as every caller of ours does, until the store is back."""
    while True:
        try:
            return await call()
        except StoreDownError:
            await asyncio.sleep(_POLL_S)


async def kill(server: EmbeddedServer) -> None:
    """Kill the server, once it runs (again), and see it dead."""

    async def runs() -> bool:
        return server.pid is not None

    async def is_gone() -> bool:
        return server.pid != pid

    await until(runs)
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await until(is_gone)


class LossyProxy:
    """Stands before a server on a Unix socket; `lose` says what becomes of the next answer.

    `cut`: the connection breaks instead; `mute`: nothing ever comes.
    """

    def __init__(self, server_url: str) -> None:
        self._socket = unquote(urlsplit(server_url).path)
        self._lose: Literal["cut", "mute"] | None = None
        self.lost = 0

    def lose(self, how: Literal["cut", "mute"]) -> None:
        """Lose the next answer, whoever it is for."""
        self._lose = how

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Yield the URL to connect to."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        server.close()

    async def _connected(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        server, forth = await asyncio.open_unix_connection(self._socket)
        pumps = {
            asyncio.create_task(_pump(client, forth)),
            asyncio.create_task(self._answer(server, back)),
        }
        with suppress(asyncio.CancelledError):
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        for writer in (forth, back):
            writer.close()

    async def _answer(self, server: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await server.read(65536):
                if self._lose is None:
                    back.write(data)
                    await back.drain()
                    continue
                how, self._lose = self._lose, None
                self.lost += 1
                if how == "cut":
                    return


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
