"""Perspective's `comments:analyze` over HTTP: how many an api answers, and how late.

One api process with its own scoring processes. First as fast as they come; then, open loop, at
four fifths of that. The generator runs in this process, on the same cores, and is counted nowhere.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp

from tests.acceptance.driver.deployment import deployed
from tests.acceptance.driver.latency import Latency
from tests.acceptance.driver.schedule import arrivals
from tests.acceptance.driver.site import Site
from tests.benchmarks.texts import comments

CALLS, LOAD = 10_000, 0.8
_CORES, _WARM_UP, _FULL, _IN_FLIGHT = 2, 200, 2000, 32
_PATH = "/v1alpha1/comments:analyze"


async def analyzed(directory: Path, spec: str, seed: int) -> dict[str, Any]:
    """Return calls a second at most, and waits in ms at `LOAD` of that; all must be answered."""
    os.environ["MODERATION_API__SCORER_PROCESSES"] = str(_CORES)
    await asyncio.to_thread(directory.mkdir, parents=True)
    site = Site.fresh("bench")
    texts = [comment.text for comment in comments(CALLS, seed)]
    async with (
        deployed(directory, site, "http://127.0.0.1:9", workers=0, scorer=spec) as deployment,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        client = _Client(session, f"{deployment.url}{_PATH}?key={site.api_key}")
        await client.all(texts[:_WARM_UP])
        begin = time.perf_counter()
        await client.all(texts[:_FULL])
        rate = _FULL / (time.perf_counter() - begin)
        return {"per_s": rate} | await client.by_schedule(texts, LOAD * rate, seed)


class _Client:
    """A caller that counts what was no answer."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url
        self._refused = 0

    async def all(self, texts: Sequence[str]) -> None:
        """Ask about each, `_IN_FLIGHT` at a time."""
        left = iter(texts)

        async def ask() -> None:
            for text in left:
                await self._ask(text)

        await asyncio.gather(*(ask() for _ in range(_IN_FLIGHT)))

    async def by_schedule(self, texts: Sequence[str], rate: float, seed: int) -> dict[str, Any]:
        """Ask about each when it is due; a wait counts from then."""
        waits, lag = Latency(), Latency()
        self._refused = 0

        async def ask(text: str, due: float) -> None:
            await self._ask(text)
            waits.record(time.perf_counter() - due)

        begin = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for text, after in zip(texts, arrivals(len(texts), rate, seed), strict=True):
                await asyncio.sleep(max(begin + after - time.perf_counter(), 0.0))
                lag.record(time.perf_counter() - begin - after)
                group.create_task(ask(text, begin + after))
        return {
            "calls": len(texts),
            "refused": self._refused,
            "p50_ms": waits.percentile_ms(50),
            "p99_ms": waits.percentile_ms(99),
            "send_lag_p99_ms": lag.percentile_ms(99),
        }

    async def _ask(self, text: str) -> None:
        body = {
            "comment": {"text": text},
            "requestedAttributes": {"TOXICITY": {}},
            "languages": ["en"],
            "doNotStore": True,
        }
        async with self._session.post(self._url, json=body) as response:
            self._refused += response.status != 200
            await response.read()
