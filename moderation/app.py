"""The one place that knows everybody: store → services → roles, and the way down again.

A role is a set of tasks over one open store. If one of them ends by a fault of ours, the process
ends too: what it had in hand lapses and is taken over, which no half-alive process could promise.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from moderation import tracing
from moderation.credentials import Credentials
from moderation.listening import listening
from moderation.opening import server_url, with_credentials
from moderation.scoring.supervisor import ScorerPool
from moderation.services.direct import DirectScoring
from moderation.services.explaining import Explaining
from moderation.services.first_admin import first_link
from moderation.services.health import Health
from moderation.services.intake import Intake
from moderation.services.judging import Judge
from moderation.services.keeping import Keeping
from moderation.services.listing import Listing
from moderation.services.live import Live
from moderation.services.notifier import Notifier
from moderation.services.page_links import page_address, sign_in_link
from moderation.services.people import People
from moderation.services.policies import PolicyBook
from moderation.services.review import Review
from moderation.services.reviewing import Reviewing
from moderation.services.scoring import LocalScoring
from moderation.services.shadow import Shadow
from moderation.services.waiting import Waiting
from moderation.services.worker import Worker
from moderation.settings import Settings
from moderation.starting import opened
from moderation.store.store import Store
from moderation.telemetry import Metrics, log_fault
from moderation.web.context import ApiContext
from moderation.web.ops import create_ops
from moderation.web.server import create_api

Role = Literal["api", "worker", "notifier", "all"]
#: How long what is in hand may take after SIGTERM before it is left to lapse.
_DRAIN_S = 25.0
_GC_OBJECTS = 10_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Running:
    """A service that has started: where it listens, and who may call it on a first start.

    `page`: where moderators work; `welcome`: the link by which a first administrator signs in and
    for how long it works (hours); it is printed, and never logged.
    """

    api: str | None
    ops: str
    credentials: Credentials | None
    page: str | None
    welcome: tuple[str, float] | None = field(repr=False)


async def serve(
    settings: Settings, role: Role, data_dir: Path, started: Callable[[Running], None]
) -> None:
    """Run a role until SIGTERM or SIGINT, then finish what is in hand. Raises StartError."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(log_fault)
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    async with AsyncExitStack() as stack:
        settings, made = with_credentials(settings, data_dir)
        url = await stack.enter_async_context(server_url(settings, role, data_dir))
        if settings.tracing.enabled:
            stack.callback(tracing.switch_on())
        metrics = Metrics()
        store = await opened(stack, settings, url, metrics, stop)
        if store is None:
            return
        process = _Process(settings, role, store, metrics)
        await process.start(stack)
        api, ops = await process.listen(stack)
        welcome = await process.first_link(api) if api and settings.redis_url is None else None
        # What a start leaves behind lives as long as the process: nothing to look through again;
        # and requests leave few cycles, so that looking at each 700 objects finds next to nothing.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_GC_OBJECTS)
        page = page_address(settings, urlsplit(api).port) if api else None
        started(Running(api, ops, made, page, welcome))
        await process.run_until(stop)


class _Process:
    """The parts of one process, built for its role."""

    def __init__(self, settings: Settings, role: Role, store: Store, metrics: Metrics) -> None:
        self._settings = settings
        self._role = role
        self._store = store
        self._metrics = metrics
        self._waiting = Waiting(store, always=role in {"notifier", "all"})
        self._book = PolicyBook(store, settings)
        self._keeping = Keeping(store, settings, self._metrics)
        works = role in {"worker", "all"}
        self._pool = self._scorers(settings.scorer.process_count()) if works else None
        self._scoring = LocalScoring.sharing(self._pool) if self._pool else self._local()
        self._shadow = self._beside() if works and settings.shadow.spec else None
        self._people = People(store, settings)
        self._live = Live(store)
        self._health = Health(
            store,
            self._metrics,
            sites=list(settings.sites),
            policies=self._book,
            pool=self._pool,
            model_is_needed=role == "worker",
        )
        self._worker: Worker | None = None
        self._notifier: Notifier | None = None
        #: What ends by itself when told to stop, and what is cancelled after that.
        self._working: list[asyncio.Task[None]] = []
        self._serving: list[asyncio.Task[None]] = []
        self._runners: list[web.AppRunner] = []

    def _local(self) -> LocalScoring:
        return LocalScoring(partial(self._scorers, self._settings.api.scorer_processes))

    def _scorers(self, processes: int) -> ScorerPool:
        chosen = self._settings.scorer
        return ScorerPool(
            chosen.spec,
            processes=processes,
            threads=chosen.threads,
            timeout_s=chosen.timeout_s,
            max_rss_mb=chosen.max_rss_mb,
            max_texts=chosen.max_texts,
            on_event=lambda event: self._metrics.scorer_events.labels(event.value).inc(),
        )

    def _beside(self) -> Shadow:
        chosen = self._settings.scorer
        pool = ScorerPool(
            self._settings.shadow.spec or "",
            threads=chosen.threads,
            timeout_s=chosen.timeout_s,
            max_rss_mb=chosen.max_rss_mb,
        )
        return Shadow(self._store, self._settings, pool, self._book, self._metrics)

    async def start(self, stack: AsyncExitStack) -> None:
        """Start the role's tasks."""
        stack.push_async_callback(self._end)
        if self._role != "worker":  # where nobody waits for a decision, following them is waste
            self._serving.append(asyncio.create_task(self._waiting.run()))
            self._serving.append(asyncio.create_task(self._live.run()))
        self._serving.append(asyncio.create_task(self._health.run()))
        stack.push_async_callback(self._scoring.stop)
        if self._pool:
            await self._pool.start()
            stack.push_async_callback(self._pool.stop)
            if self._shadow:
                self._serving.append(asyncio.create_task(self._shadow.run()))
            judge = Judge(self._store, self._settings, self._pool, self._book, self._shadow)
            self._worker = Worker(self._store, self._settings, self._pool, judge, self._metrics)
            self._working.append(asyncio.create_task(self._worker.run()))
            self._working.append(asyncio.create_task(self._keeping.run()))
        if self._role in {"notifier", "all"}:
            self._notifier = Notifier(self._store, self._settings, self._waiting, self._metrics)
            self._working.append(asyncio.create_task(self._notifier.run()))

    async def listen(self, stack: AsyncExitStack) -> tuple[str | None, str]:
        """Open the ports; returns the API's address, if the role has one, and the operators'."""
        settings, api = self._settings, None
        if self._role in {"api", "all"}:
            context = ApiContext(
                settings=settings,
                store=self._store,
                intake=Intake(self._store, settings, self._waiting, self._metrics),
                listing=Listing(self._store),
                review=Review(self._store, settings, self._book, self._metrics),
                explaining=Explaining(self._store, self._scoring, settings.explain, self._metrics),
                direct=DirectScoring(self._scoring, settings.direct),
                keeping=self._keeping,
                people=self._people,
                reviewing=Reviewing(self._store, settings, self._book, self._metrics),
                live=self._live,
                policies=self._book,
                metrics=self._metrics,
                draining=lambda: self._health.draining,
            )
            api = await self._open(stack, create_api(context), settings.api.host, settings.api.port)
        health = self._health
        ops_app = create_ops(
            self._metrics, ready=health.ready, started=health.started, measure=health.measure
        )
        return api, await self._open(stack, ops_app, settings.ops.host, settings.ops.port)

    async def first_link(self, api: str) -> tuple[str, float] | None:
        """Return the link by which a first admin signs in, and for how many hours it works.

        None where one can already.
        """
        hours = self._settings.review.first_link_h
        code = await first_link(self._people, hours)
        return (sign_in_link(self._settings, code, urlsplit(api).port), hours) if code else None

    async def _open(self, stack: AsyncExitStack, app: web.Application, host: str, port: int) -> str:
        runner, url = await listening(stack, app, host, port, drain_s=_DRAIN_S)
        self._runners.append(runner)
        return url

    async def run_until(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set, or a task ends that should not; then drain."""
        stopped = asyncio.create_task(stop.wait())
        tasks = {*self._working, *self._serving}
        ended, _ = await asyncio.wait({stopped, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        await self._drain()
        log.info("stopped")
        for task in ended - {stopped}:
            task.result()  # a fault of ours ends the process with its traceback

    async def _drain(self) -> None:
        """Refuse what is new and finish what is in hand, within the time for it."""
        self._health.draining = True
        log.info("draining")
        for part in (self._worker, self._notifier, self._keeping):
            if part:
                part.stop()
        self._live.close()  # an open page would keep its connection until it is closed
        answering = [runner.cleanup() for runner in self._runners[:-1]]  # the last is for operators
        working = [asyncio.wait(self._working, timeout=_DRAIN_S)] if self._working else []
        await asyncio.gather(*answering, *working)

    async def _end(self) -> None:
        """Cancel what has not ended by itself; what it had in hand lapses."""
        tasks = [*self._working, *self._serving]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
