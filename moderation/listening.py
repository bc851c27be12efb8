"""A port, opened for an application; what an operator can mend is said in one message."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from socket import gaierror

from aiohttp import web

from moderation.opening import StartError
from moderation.web.server import create_runner


async def listening(
    stack: AsyncExitStack, app: web.Application, host: str, port: int, *, drain_s: float
) -> tuple[web.AppRunner, str]:
    """Open a port; return what serves it, which the stack closes, and its address.

    `drain_s`: how long closing waits for the requests in hand. Raises StartError.
    """
    runner = create_runner(app, drain_s=drain_s)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        named = isinstance(error, gaierror)  # its number is not one of the system's errors
        why = error.strerror if named else os.strerror(error.errno or 0)
        hint = "choose other ports by --port and --ops-port"
        raise StartError(f"can't listen on {host}:{port}: {why}; {hint}") from error
    bound = runner.addresses[0]
    return runner, f"http://{f'[{bound[0]}]' if ':' in bound[0] else bound[0]}:{bound[1]}"
