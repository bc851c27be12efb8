"""The service under load: separate roles over one server, as the demo driver deploys them.

How fast comments are accepted alone; then, when there is always a next one and at half of that, how
fast they are decided, how long each takes, and which process used the CPU for it.
The CMS (generator and receiver) runs in this process, on the same cores, and is counted nowhere.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import aiohttp

from tests.acceptance.driver.deployment import deployed
from tests.acceptance.driver.events import Journal
from tests.acceptance.driver.latency import Latency
from tests.acceptance.driver.ledger import Ledger
from tests.acceptance.driver.receiver import PATH, receiving
from tests.acceptance.driver.schedule import arrivals
from tests.acceptance.driver.sender import Sender
from tests.acceptance.driver.site import Site
from tests.acceptance.driver.texts import Comment
from tests.benchmarks.decisions import Decided, decided_since
from tests.benchmarks.processes import OWN, cpu_ms_each, cpu_seconds
from tests.benchmarks.texts import comments

_WARM_UP, _WARM_UP_RATE = 100, 50.0
_BURST_RATE = 1000.0  # a second: far more than is decided
_IN_FLIGHT = 32
_PATIENCE_S = 300.0
_LOOK_S = 0.1


async def accept_only(directory: Path, spec: str, count: int, seed: int) -> dict[str, float]:
    """Return accepts a second with no worker to decide them, and their CPU time in ms each."""
    async with _Cms.with_service(directory, spec, workers=0) as cms:
        await cms.post_all(comments(_WARM_UP, seed, "warm"))
        before, begin = cpu_seconds(), time.perf_counter()
        await cms.post_all(comments(count, seed))
        seconds = time.perf_counter() - begin
        used = cpu_ms_each(before, cpu_seconds(), count)
    return {"per_s": count / seconds, "api_ms": used["api"], "server_ms": used["server"]}


async def under_load(directory: Path, spec: str, count: int, seed: int) -> dict[str, Any]:
    """Return what `_load` tells of a full queue and of half the rate that it was worked off at."""
    async with _Cms.with_service(directory, spec, workers=1) as cms:
        await _load(cms, comments(_WARM_UP, seed, "warm"), _WARM_UP_RATE)
        full = await _load(cms, comments(count, seed, "full"), _BURST_RATE)
        half = await _load(cms, comments(count, seed + 1, "half"), full["decided_per_s"] / 2)
    return {"full": full, "half": half}


async def _load(cms: _Cms, some: Sequence[Comment], rate: float) -> dict[str, Any]:
    """Send comments at `rate` a second; return rates, CPU ms a comment, and latency in ms."""
    before = cpu_seconds()
    await cms.send_all(some, rate)
    cpu = cpu_ms_each(before, cpu_seconds(), len(some))
    decided = await cms.decided()
    waits = Latency()
    for one in decided:
        waits.record(one.decided - one.received)
    own = sum(cpu[part] for part in OWN)
    first, last = min(one.received for one in decided), max(one.decided for one in decided)
    return {
        "comments": len(some),
        "decided_per_s": len(decided) / (last - first),
        "cpu_ms": cpu,
        "own_ms": own,
        "own_share_of_scorer": own / cpu["scorer"],
        "p50_ms": waits.percentile_ms(50),
        "p99_ms": waits.percentile_ms(99),
        "send_lag_p99_ms": cms.ledger.send_lag.percentile_ms(99),
    }


class _Cms:
    """A CMS with a service to itself, from `async with` to its end."""

    def __init__(self, directory: Path, spec: str, workers: int) -> None:
        self._directory, self._spec, self._workers = directory, spec, workers
        self._site = Site.fresh("bench")
        self._stack = AsyncExitStack()
        self._cursor = ""

    @classmethod
    def with_service(cls, directory: Path, spec: str, *, workers: int) -> Self:
        """Return a CMS whose service has one api, one notifier and `workers` workers."""
        directory.mkdir(parents=True)
        return cls(directory, spec, workers)

    async def __aenter__(self) -> Self:
        enter = self._stack.enter_async_context
        journal = self._stack.enter_context(Journal(self._directory / "history.jsonl"))
        self.ledger = Ledger(journal)
        self._origin = await enter(receiving(self._site, self.ledger))
        deployment = await enter(
            deployed(
                self._directory,
                self._site,
                self._origin,
                workers=self._workers,
                scorer=self._spec,
            )
        )
        self._url = deployment.url
        self._session = await enter(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def send_all(self, some: Sequence[Comment], rate: float) -> None:
        """Send signed comments, open loop, and wait until all are called back."""
        self.ledger.send_lag = Latency()
        sender = Sender(
            self._session,
            self._url,
            self._site,
            self._origin + PATH,
            self.ledger,
            patience_s=_PATIENCE_S,
        )
        await sender.send_all(some, arrivals(len(some), rate, 1), duplicates=0.0, seed=1)
        names = {comment.external_id for comment in some}
        async with asyncio.timeout(_PATIENCE_S):
            while not names <= self.ledger.called_back:  # noqa: ASYNC110 - seldom is soon enough
                await asyncio.sleep(_LOOK_S)

    async def post_all(self, some: Sequence[Comment]) -> None:
        """Post comments by key as fast as they are taken, `_IN_FLIGHT` at a time."""
        left = iter(some)
        headers = {"authorization": f"Bearer {self._site.api_key}"}

        async def post() -> None:
            for comment in left:
                body = {"text": comment.text, "external_id": comment.external_id}
                async with self._session.post(
                    f"{self._url}/v1/comments", json=body, headers=headers
                ) as response:
                    response.raise_for_status()
                    await response.read()

        await asyncio.gather(*(post() for _ in range(_IN_FLIGHT)))

    async def decided(self) -> list[Decided]:
        """Return what was decided since the last call."""
        headers = {"authorization": f"Bearer {self._site.api_key}"}
        url = f"{self._url}/v1/decisions"
        found, self._cursor = await decided_since(self._session, url, headers, self._cursor)
        return found


def as_shipped(cores: int) -> None:
    """Have the deployments of this process score as a machine of `cores` cores does by default."""
    os.environ["MODERATION_SCORER__PROCESSES"] = str(cores)
