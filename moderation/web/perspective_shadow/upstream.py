"""Perspective itself: a call passed on to it, and its answer as it came.

Status, headers and body go through unread. What belongs to one connection only stays on it; no
address with its key, and nothing of a body, is logged.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import hdrs, web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from moderation.web.perspective.refusals import Unanswered

#: Headers of one connection (RFC 9110, 7.6.1), and those that are made anew for the next one.
_OF_CONNECTION = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
    "te", "trailer", "transfer-encoding", "upgrade", "host", "content-length", "expect",
    "accept-encoding",
    # It would lead clients past this address.
    "alt-svc",
}  # fmt: skip
#: An answer has spans for each sentence and attribute; no true one comes near this (bytes).
_LONGEST = 16 * 1024 * 1024
#: What aiohttp would add where the client said nothing.
_NOT_ADDED = ("Accept", "Content-Type", "User-Agent")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came, its body as it was encoded."""

    status: int
    headers: CIMultiDict[str] = field(repr=False)
    body: bytes = field(repr=False)

    def response(self) -> web.Response:
        """Return it for the client."""
        return web.Response(status=self.status, headers=self.headers, body=self.body)


class Upstream:
    """Where calls are passed on to; `root`: its address without a path of the API."""

    def __init__(self, session: aiohttp.ClientSession, root: str) -> None:
        self._session = session
        self._root = root.rstrip("/")

    async def ask(self, request: web.Request, path: str, body: bytes) -> Answer:
        """Pass a call on to a path of the API. Raises Unanswered."""
        query = request.rel_url.raw_query_string
        url = URL(f"{self._root}{path}{'?' * bool(query)}{query}", encoded=True)
        # A coding that can be read here, where the client takes one at all.
        takes = "gzip" if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "") else "identity"
        headers = _passed_on(request.headers)
        headers[hdrs.ACCEPT_ENCODING] = takes
        try:
            async with self._session.request(
                request.method, url, data=body or None, headers=headers, allow_redirects=False,
                skip_auto_headers=_NOT_ADDED,
            ) as response:  # fmt: skip
                found = await _whole(response.content)
                return Answer(response.status, _passed_on(response.headers), found)
        except TimeoutError:
            raise Unanswered(late=True) from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise Unanswered(late=False) from None


@asynccontextmanager
async def upstream(root: str, timeout_s: float) -> AsyncIterator[Upstream]:
    """Open connections to Perspective; an answer may take `timeout_s`."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=timeout_s),
        trust_env=False,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as session:
        yield Upstream(session, root)


async def _whole(content: aiohttp.StreamReader) -> bytes:
    chunks: list[bytes] = []
    async for chunk in content.iter_any():
        chunks.append(chunk)
        if sum(map(len, chunks)) > _LONGEST:
            raise Unanswered(late=False)
    return b"".join(chunks)


def _passed_on(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    named = headers.get(hdrs.CONNECTION, "").lower().split(",")
    kept_back = _OF_CONNECTION | {name.strip() for name in named}
    return CIMultiDict(
        (name, one) for name, one in headers.items() if name.lower() not in kept_back
    )
