"""One run against a service that is already there: send, follow, kill, wait, judge."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import aiohttp

from tests.acceptance.driver.checker import Breach, check
from tests.acceptance.driver.events import Event
from tests.acceptance.driver.feed import Feed
from tests.acceptance.driver.ledger import Ledger
from tests.acceptance.driver.receiver import PATH
from tests.acceptance.driver.schedule import Kill, arrivals
from tests.acceptance.driver.sender import Sender
from tests.acceptance.driver.site import Site
from tests.acceptance.driver.texts import Comment

_LOOK_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a run goes; all of it is fixed before the first send.

    `rate` in comments a second; `duplicates` the share that is sent three times at once;
    `patience_s` without any progress gives up; `settle_s` is waited at the end, so that a late
    second decision is seen.
    """

    rate: float
    seed: int
    duplicates: float = 0.0
    kills: Sequence[Kill] = ()
    patience_s: float = 120.0
    settle_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Ends:
    """Where the two sides listen: the service's API at `url`, the site's receiver at `origin`."""

    url: str
    origin: str
    site: Site


async def drive(
    ends: Ends,
    comments: Sequence[Comment],
    plan: Plan,
    ledger: Ledger,
    kill: Callable[[str], bool] | None = None,
) -> list[Breach]:
    """Send `comments`, see to it that all is told, and return what was broken.

    `kill` ends the process of the named target with SIGKILL and tells whether there was one;
    whoever owns it brings it back.
    """
    connector = aiohttp.TCPConnector(limit=0)  # a limit would close the loop
    async with aiohttp.ClientSession(connector=connector) as session:
        sender = Sender(
            session, ends.url, ends.site, ends.origin + PATH, ledger, patience_s=plan.patience_s
        )
        feed = Feed(session, ends.url, ends.site, ledger)
        due = arrivals(len(comments), plan.rate, plan.seed)
        sending = sender.send_all(comments, due, duplicates=plan.duplicates, seed=plan.seed)
        async with _background(feed.follow(), _strike(plan.kills, kill, ledger), sending) as tasks:
            await _until_complete(ledger, tasks, plan.patience_s)
            await asyncio.sleep(plan.settle_s)
        try:
            async with asyncio.timeout(plan.patience_s):
                await feed.read_again()
                left = [
                    Breach("pending", name, "is told as pending") for name in await feed.pending()
                ]
        except TimeoutError:
            left = [Breach("feed", "", "the reconcile feed could not be read to its end")]
    return [*check(ledger.journal.events), *left]


async def _until_complete(
    ledger: Ledger, tasks: list[asyncio.Task[None]], patience_s: float
) -> None:
    """Wait until all is sent, decided and called back, or nothing has moved for `patience_s`."""
    _, *finite = tasks
    while not (all(task.done() for task in finite) and ledger.is_complete):
        for task in tasks:
            if task.done():
                task.result()  # its failure is the run's
        if time.monotonic() - ledger.changed_at > patience_s:
            return
        await asyncio.sleep(_LOOK_S)


async def _strike(
    kills: Sequence[Kill], kill: Callable[[str], bool] | None, ledger: Ledger
) -> None:
    start = time.monotonic()
    for strike in kills:
        await asyncio.sleep(start + strike.at_s - time.monotonic())
        assert kill is not None
        while not kill(strike.target):  # noqa: ASYNC110 - it is only just coming back
            await asyncio.sleep(_LOOK_S)
        ledger.see(Event(op="kill", id=strike.target, t=time.monotonic()))


@contextlib.asynccontextmanager
async def _background(*work: object) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Run coroutines beside the body and end them with it."""
    tasks = [asyncio.ensure_future(one) for one in work]  # type: ignore[call-overload]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
