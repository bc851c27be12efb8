"""What colleagues do, told to an open page as it happens (server-sent events).

Ids, names and sentences, never a text. A page that was away for a moment asks anew by itself.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

from aiohttp import web

from moderation.domain.people import Right
from moderation.web.review.access.session import signed_in
from moderation.web.review.reasons import with_labels
from moderation.web.review.visit import Visit, visit
from moderation.web.review.wording import news

#: Proxies and browsers take a stream that says nothing for a lost one.
_PING_S = 15.0
#: However much is told, who listens is asked for again when this has passed.
_CHECK_S = 15.0
_RETRY_MS = 3000
_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "X-Accel-Buffering": "no",  # nginx would keep what comes until there is more
}


async def events(request: web.Request) -> web.StreamResponse:
    """Tell what happens on a site until the page, the service or the right to listen goes."""
    here = visit(request)
    response = web.StreamResponse(headers=_HEADERS)
    async with here.context.live.follow(here.site) as following:
        await response.prepare(request)
        with suppress(ConnectionResetError):  # the page is gone
            await response.write(f"retry: {_RETRY_MS}\n\n".encode())
            checked = time.monotonic()
            async for event in _with_pings(following):
                if event is None or time.monotonic() - checked >= _CHECK_S:
                    if not await _may_listen(request, here.site):
                        break
                    checked = time.monotonic()
                said = f"data: {json.dumps(_said(here, event))}" if event else ":"
                await response.write(f"{said}\n\n".encode())
    return response


async def _may_listen(request: web.Request, site: str) -> bool:
    """Return whether who opened the stream is still signed in, and still sees the site."""
    signed = await signed_in(request)
    return signed is not None and signed.person.may(Right.READ) and signed.person.may_see(site)


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


def _said(here: Visit, event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as the page's script takes it."""
    by = event.get("by")
    sentence = news(
        {**with_labels(event, here.reject_labels), "actor": {"name": by} if by else None}
    )
    return {
        **{name: event.get(name) for name in ("id", "version", "type", "by_id")},
        "message": sentence,
    }
