"""A CMS that is called back on loopback, well or badly behaved, and what it heard."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook

from tests.service_kit import SECRET

#: What the n-th call (from 1) is answered.
Reply = Callable[[int], Awaitable[web.Response]]
_CHUNK = b"x" * 65_536
_STALL_S = 60.0


@dataclass(frozen=True)
class Call:
    """One verified attempt. `id` is its `webhook-id`."""

    id: str
    event: dict[str, Any]
    body: str
    traceparent: str | None

    @property
    def comment(self) -> str:
        """The comment that it is about."""
        return self.id.rpartition(".")[0]

    @property
    def version(self) -> int:
        """The event's version."""
        return int(self.id.rpartition(".")[2])


@dataclass
class Receiver:
    """`heard`: every attempt; `accepted`: those that were answered with a 2xx."""

    port: int = 0
    heard: list[Call] = field(default_factory=list)
    accepted: list[Call] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    sent_bytes: int = 0
    most_at_once: int = 0  # for one comment
    most_in_flight: int = 0
    _at_once: Counter[str] = field(default_factory=Counter)

    @property
    def url(self) -> str:
        """Where it wants to be called."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def allowed(self) -> dict[str, Any]:
        """The setting that lets callbacks reach it."""
        return {"callbacks.allow_private_hosts": (f"127.0.0.1:{self.port}",)}

    async def hear(self, request: web.Request) -> Call:
        """Verify a call and note it."""
        body = await request.read()
        event = Webhook(SECRET).verify(body, dict(request.headers))
        call = Call(
            request.headers["webhook-id"], event, body.decode(), request.headers.get("traceparent")
        )
        self.heard.append(call)
        self.paths.add(request.path)
        return call

    async def answer(self, call: Call, reply: Reply) -> web.Response:
        """Answer a call and note how many there were at once."""
        self._at_once[call.comment] += 1
        self.most_at_once = max(self.most_at_once, *self._at_once.values())
        self.most_in_flight = max(self.most_in_flight, self._at_once.total())
        try:
            response = await reply(len(self.heard))
        finally:
            self._at_once[call.comment] -= 1
        if 200 <= response.status < 300:
            self.accepted.append(call)
        return response

    async def misbehave(self, request: web.Request, kind: str) -> web.StreamResponse:
        """Answer 200 with a body that never ends, never comes, or breaks off."""
        response = web.StreamResponse(headers={"Content-Length": str(1 << 40)})
        await response.prepare(request)
        if kind == "broken":
            assert request.transport
            request.transport.abort()
        elif kind == "stalled":
            await asyncio.sleep(_STALL_S)
        while kind == "endless":
            await response.write(_CHUNK)
            self.sent_bytes += len(_CHUNK)
        return response


async def _at_once(_: int) -> web.Response:
    return web.Response(status=204)


@asynccontextmanager
async def receiving(reply: Reply = _at_once, *, body: str | None = None) -> AsyncIterator[Receiver]:
    """Receive on a free port; `body`: endless, stalled or broken behind a 200."""
    receiver = Receiver()

    async def handle(request: web.Request) -> web.StreamResponse:
        call = await receiver.hear(request)
        if body:
            return await receiver.misbehave(request, body)
        return await receiver.answer(call, reply)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.port = runner.addresses[0][1]
        yield receiver
    finally:
        await runner.cleanup()
