"""A service of one page that decides at once: enough to test the driver, with faults to order.

It keeps the wire contract of the real one and none of its promises by itself.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import aiohttp
from aiohttp import web
from standardwebhooks import Webhook

from tests.acceptance.driver.site import Site

Fault = Callable[[int], web.Response | None]  # called with the number of the request, from 1


@dataclass
class StandIn:
    """`fault` answers instead of the service; `callback_copies` tells how often it calls back.

    From request `stall_at` on nobody is answered for a second; of every `drop_every` requests one
    loses its answer; `forger` signs callbacks in the site's place.
    """

    site: Site
    fault: Fault = lambda number: None
    stall_at: int = 0
    callback_copies: int = 1
    drop_every: int = 0
    forger: Site | None = None
    seen: Counter[str] = field(default_factory=Counter)
    message_ids: dict[str, set[str]] = field(default_factory=dict)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: int = 0

    async def accept(self, request: web.Request) -> web.Response:
        self.requests += 1
        body = await request.text()
        Webhook(self.site.webhook_secret).verify(body, dict(request.headers))
        assert request.headers["moderation-site"] == self.site.name
        comment = json.loads(body)
        name = comment["external_id"]
        self.seen[name] += 1
        self.message_ids.setdefault(name, set()).add(request.headers["webhook-id"])
        await self._stall()
        if (refusal := self.fault(self.requests)) is not None:
            return refusal
        if name not in self.answers:
            self.answers[name] = self._decide(comment)
            await self._call_back(comment["callback_url"], self.answers[name])
        if self.drop_every and self.seen[name] == 1 and self.requests % self.drop_every == 0:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response(self.answers[name])

    async def decisions(self, request: web.Request) -> web.Response:
        assert request.headers["authorization"] == f"Bearer {self.site.api_key}"
        if "pending" in request.query:
            return web.json_response({"decisions": [], "next": None})
        start = int(request.query.get("after", 0))
        page = list(self.answers.values())[start : start + 100]
        return web.json_response({"decisions": page, "next": str(start + len(page))})

    async def _stall(self) -> None:
        if self.stall_at and self.requests == self.stall_at:
            self.stalled_until = asyncio.get_running_loop().time() + 1.0
        if self.stall_at and self.requests >= self.stall_at:
            left = self.stalled_until - asyncio.get_running_loop().time()
            await asyncio.sleep(max(0.0, left))

    def _decide(self, comment: dict[str, Any]) -> dict[str, Any]:
        sha = sha256(comment["text"].encode()).hexdigest()
        now = datetime.now(UTC).isoformat()
        return {
            "id": f"c_{comment['external_id']}",
            "external_id": comment["external_id"],
            "revision": 1,
            "version": 1,
            "status": "decided",
            "decision": "approve",
            "decided_by": "model",
            "reasons": [{"code": "below_thresholds"}],
            "scores": {"toxic": int(sha[:4], 16) / 65536},
            "policy": {"name": "default", "version": 1},
            "model": {"name": "stand-in", "version": "1"},
            "text_sha256": sha,
            "received_at": now,
            "decided_at": now,
        }

    async def _call_back(self, url: str, answer: dict[str, Any]) -> None:
        now, name = datetime.now(UTC), f"{answer['id']}.1"
        body = json.dumps({"type": "comment.decided", "timestamp": now.isoformat(), "data": answer})
        headers = {
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook((self.forger or self.site).callback_secret).sign(
                name, now, body
            ),
        }
        async with aiohttp.ClientSession() as session:
            taken = 0
            while taken < self.callback_copies:
                async with session.post(url, data=body, headers=headers) as response:
                    taken += response.status != 503


@asynccontextmanager
async def serving(service: StandIn) -> AsyncIterator[str]:
    """Serve on loopback; yields the URL."""
    app = web.Application()
    app.router.add_post("/v1/comments", service.accept)
    app.router.add_get("/v1/decisions", service.decisions)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
