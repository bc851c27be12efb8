"""The service over a server of the proof's own: api, workers and notifier, under traffic."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import aiohttp
from rich.console import Console

from tests.acceptance.driver.checker import Breach
from tests.acceptance.driver.demo import HISTORY
from tests.acceptance.driver.deployment import Deployment
from tests.acceptance.driver.drive import Ends, Plan, drive
from tests.acceptance.driver.events import Event, Journal
from tests.acceptance.driver.feed import Feed
from tests.acceptance.driver.ledger import Ledger
from tests.acceptance.driver.receiver import receiving
from tests.acceptance.driver.site import Site
from tests.acceptance.driver.summary import progress
from tests.acceptance.driver.texts import mild_comments

_ROOT = Path(__file__).parents[2]
#: Costs nothing to run, and its score is a function of the text: the model is not the point here.
SCORER = "python:tests.fakes.faulty_scorer:make"
_POLICY = 'name = "default"\nthresholds = {toxicity = 0.7, insult = 0.9}\n'


class Served(Protocol):
    """What the service stands on: one server, or several behind one URL."""

    @property
    def pid(self) -> int | None:
        """The process that the deployment's own kills strike."""

    async def start(self) -> str:
        """Start it and return the URL for the service."""

    async def stop(self) -> None:
        """End it."""


class Service(Deployment):
    """A deployment over any server. `settings` is TOML, after the driver's own."""

    def __init__(
        self,
        directory: Path,
        site: Site,
        origin: str,
        served: Served,
        settings: str = "",
        workers: int = 2,
    ) -> None:
        super().__init__(directory, site, origin, workers=workers, scorer=SCORER)
        self._server = served  # type: ignore[assignment]
        policies = directory / "policies"
        policies.mkdir()
        (policies / "default.toml").write_text(_POLICY)
        path = directory / "moderation.toml"
        own = path.read_text().replace('["submit"]', '["submit", "moderate"]')
        path.write_text(f'policies_dir = "{policies}"\n{own}\n{settings}')
        os.environ["PYTHONPATH"] = str(_ROOT)  # where a scorer's process finds the cheap one

    def kill_roles(self) -> None:
        """End every role with SIGKILL at once."""
        for role in self.roles:
            role.kill()


@dataclass(frozen=True, slots=True)
class Traffic:
    """A service that takes comments: what a proof's own deeds are told."""

    service: Service
    ledger: Ledger
    ends: Ends
    console: Console

    async def sent(self, share: float) -> None:
        """Return when this share of the comments was due."""
        while not self.ledger.due:  # noqa: ASYNC110 - the driver fills it once
            await asyncio.sleep(0.05)
        due = sorted(self.ledger.due.values())
        moment = due[min(int(share * len(due)), len(due) - 1)]
        await asyncio.sleep(moment - time.monotonic())

    def say(self, text: str) -> None:
        """Print a line above the progress bars."""
        self.console.print(f"  {text}", highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Run:
    """What was seen and broken, before any excuse."""

    ledger: Ledger
    breaches: list[Breach]


async def under_traffic(
    served: Served,
    plan: Plan,
    count: int,
    directory: Path,
    console: Console,
    deeds: Callable[[Traffic], Awaitable[None]],
    *,
    afterwards: Callable[[Traffic], Awaitable[None]] | None = None,
    settings: str = "",
    failing: float = 0.0,
    workers: int = 2,
) -> Run:
    """Send `count` mild comments while `deeds` happen; judge; then let `afterwards` look around.

    `failing` is the share of callbacks that the receiver turns away. Raises NotReadyError.
    """
    site = Site.fresh("demo")
    with Journal(directory / HISTORY) as journal:
        ledger = Ledger(journal)
        async with receiving(site, ledger, failing=failing, seed=plan.seed) as origin:
            service = Service(directory, site, origin, served, settings, workers)
            ends = Ends(service.url, origin, site)
            try:
                await service.start()
                traffic = Traffic(service, ledger, ends, console)
                async with progress(ledger, count, console), asyncio.TaskGroup() as group:
                    group.create_task(deeds(traffic))  # type: ignore[arg-type]
                    comments = mild_comments(count, plan.seed)
                    breaches = await drive(ends, comments, plan, ledger, service.kill)
                breaches += await _forgotten(ends, ledger)
                if afterwards:
                    await afterwards(traffic)
            finally:
                await service.stop()
    return Run(ledger, [*breaches, *service.faults])


@dataclass(slots=True)
class _Known:
    """Stands in for a ledger where only the names that the feed tells now are asked for."""

    names: set[str]

    def see(self, event: Event) -> None:
        self.names.add(event.id)


async def _forgotten(ends: Ends, ledger: Ledger) -> list[Breach]:
    """Return a breach for each accepted comment of which the feed tells nothing in the end.

    It may have told of it before: what was decided, read and then lost is no less lost.
    """
    known = _Known(set())
    async with aiohttp.ClientSession() as session:
        await Feed(session, ends.url, ends.site, known).read_again()  # type: ignore[arg-type]
    return [
        Breach("lost", name, "was accepted, and is not known any more")
        for name in sorted(ledger.accepted - known.names)
    ]
