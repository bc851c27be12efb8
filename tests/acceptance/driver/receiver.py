"""The CMS that is called back: verifies every callback with PyPI `standardwebhooks`."""

from __future__ import annotations

import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from tests.acceptance.driver.events import Event
from tests.acceptance.driver.ledger import Ledger
from tests.acceptance.driver.site import Site

PATH = "/callback"


@asynccontextmanager
async def receiving(
    site: Site, ledger: Ledger, *, failing: float = 0.0, seed: int = 0
) -> AsyncIterator[str]:
    """Receive callbacks on loopback and yield the origin; a share `failing` gets a 503."""
    webhook, draw = Webhook(site.callback_secret), random.Random(seed)

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        try:
            answer = webhook.verify(body, dict(request.headers))["data"]
            verified = True
        except (WebhookVerificationError, ValueError):
            answer, verified = _unproven(body), False
        turned_away = draw.random() < failing
        ledger.see(
            Event.of_answer(
                "turned_away" if turned_away else "callback",
                answer,
                t=time.monotonic(),
                delivery=request.headers.get("webhook-id", ""),
                verified=verified,
            )
        )
        return web.Response(status=503 if turned_away else 204 if verified else 401)

    app = web.Application()
    app.router.add_post(PATH, receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def _unproven(body: bytes) -> dict[str, Any]:
    """Return what a body that failed verification claims, so that the history can name it."""
    claimed = dict.fromkeys(("external_id", "id", "decision", "decided_by", "decided_at"), "")
    empty = {**claimed, "revision": 0, "version": 0, "text_sha256": "", "reasons": (), "scores": {}}
    try:
        return {**empty, **json.loads(body)["data"]}
    except (ValueError, KeyError, TypeError):
        return empty
