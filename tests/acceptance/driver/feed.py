"""The CMS that reconciles: follows every decision in order, whatever the callbacks did."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import aiohttp

from tests.acceptance.driver.events import Event
from tests.acceptance.driver.ledger import Ledger
from tests.acceptance.driver.site import Site

_POLL_S = 0.5
_TIMEOUT = aiohttp.ClientTimeout(total=10)


class Feed:
    """`GET /v1/decisions` of one site, by its API key.

    Outages are waited out, by all methods; aiohttp.ClientResponseError tells a 4xx.
    """

    def __init__(
        self, session: aiohttp.ClientSession, url: str, site: Site, ledger: Ledger
    ) -> None:
        self._session = session
        self._url = f"{url}/v1/decisions"
        self._headers = {"authorization": f"Bearer {site.api_key}"}
        self._ledger = ledger

    async def follow(self) -> None:
        """Take in decisions as they come, for ever; an outage is waited out."""
        cursor = ""
        while True:
            async for answers, after in self._pages(cursor):
                self._see(answers)
                cursor = after
            await asyncio.sleep(_POLL_S)

    async def read_again(self) -> None:
        """Take in the whole feed once more from its beginning."""
        async for answers, _ in self._pages(""):
            self._see(answers)

    async def pending(self) -> set[str]:
        """Return the external ids that wait for a decision."""
        return {
            answer["external_id"]
            async for answers, _ in self._pages("", pending="1")
            for answer in answers
        }

    def _see(self, answers: list[dict[str, Any]]) -> None:
        for answer in answers:
            self._ledger.see(Event.of_answer("decided", answer, t=time.monotonic()))

    async def _pages(
        self, cursor: str, **query: str
    ) -> AsyncIterator[tuple[list[dict[str, Any]], str]]:
        """Yield the answers of each page with the cursor after it, until there is none."""
        while True:
            page = await self._page({**query, "after": cursor} if cursor else query)
            before, cursor = cursor, page["next"] or cursor
            yield page["decisions"], cursor
            if cursor == before:
                return

    async def _page(self, query: dict[str, str]) -> dict[str, Any]:
        while True:
            try:
                async with self._session.get(
                    self._url, params=query, headers=self._headers, timeout=_TIMEOUT
                ) as response:
                    response.raise_for_status()
                    page: dict[str, Any] = await response.json()
                    return page
            except aiohttp.ClientResponseError as refusal:
                if refusal.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise  # waiting won't mend it
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(_POLL_S)
