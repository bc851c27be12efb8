"""A moderator who works off the review queue through the API."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import aiohttp

from tests.acceptance.driver.drive import Ends

_AT_ONCE = 8
_PAGE = 200
_ACTOR = {"id": "m-1", "name": "Ada"}


async def decide_all(ends: Ends) -> int:
    """Decide every held comment, rejecting each third; return how many decisions were taken.

    AssertionError when the API refuses one for another reason than that something came first.
    """
    headers = {"authorization": f"Bearer {ends.site.api_key}"}
    timeout = aiohttp.ClientTimeout(total=30)
    taken = 0
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
        while held := await _held(session, ends.url):
            gate = asyncio.Semaphore(_AT_ONCE)
            taken += sum(await asyncio.gather(*(_decide(session, ends.url, c, gate) for c in held)))
    return taken


async def _held(session: aiohttp.ClientSession, url: str) -> list[dict[str, Any]]:
    async with session.get(f"{url}/v1/queue", params={"limit": str(_PAGE)}) as response:
        assert response.ok, response.status
        page: dict[str, Any] = await response.json()
    return list(page["comments"])


async def _decide(
    session: aiohttp.ClientSession, url: str, comment: dict[str, Any], gate: asyncio.Semaphore
) -> bool:
    decision = "approve" if int(comment["text_sha256"], 16) % 3 else "reject"
    body = {"decision": decision, "actor": _ACTOR, "reason": "read"}
    headers = {"if-match": f'"{comment["version"]}"'}
    where = f"{url}/v1/comments/{comment['id']}/decision"
    async with gate, session.post(where, json=body, headers=headers) as response:
        assert response.ok or response.status == HTTPStatus.PRECONDITION_FAILED, response.status
        return response.ok
