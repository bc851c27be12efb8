"""What colleagues do, told to an open page as it happens (server-sent events).

Ids, names and sentences, never a text. A page that was away for a moment asks anew by itself.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

from aiohttp import web

from moderation.web.review.session import signed_in
from moderation.web.review.visit import visit
from moderation.web.review.wording import news

#: Proxies and browsers take a stream that says nothing for a lost one.
_PING_S = 15.0
_RETRY_MS = 3000
_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "X-Accel-Buffering": "no",  # nginx would keep what comes until there is more
}


async def events(request: web.Request) -> web.StreamResponse:
    """Tell what happens on a site until the page goes, the session ends or the service does."""
    here = visit(request)
    response = web.StreamResponse(headers=_HEADERS)
    async with here.context.live.follow(here.site) as following:
        await response.prepare(request)
        with suppress(ConnectionResetError):  # the page is gone
            await response.write(f"retry: {_RETRY_MS}\n\n".encode())
            async for event in _with_pings(following):
                if event is None and await signed_in(request) is None:
                    break
                said = f"data: {json.dumps(_said(event))}" if event else ":"
                await response.write(f"{said}\n\n".encode())
    return response


async def _with_pings(
    following: AsyncIterator[Mapping[str, Any]],
) -> AsyncIterator[Mapping[str, Any] | None]:
    """Yield the events, and None where none came for a while."""
    coming: asyncio.Future[Mapping[str, Any]] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(following))
            done, _ = await asyncio.wait({coming}, timeout=_PING_S)
            if not done:
                yield None
                continue
            try:
                event = coming.result()
            except StopAsyncIteration:
                return
            coming = None
            yield event
    finally:
        if coming:
            coming.cancel()


def _said(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as the page's script takes it."""
    by = event.get("by")
    sentence = news({**event, "actor": {"name": by} if by else None})
    return {
        **{name: event.get(name) for name in ("id", "version", "type", "by_id")},
        "message": sentence,
    }
