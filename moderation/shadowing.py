"""The parts of `moderation shadow-perspective`, put together: no store, no queue, no decision."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from moderation.listening import listening
from moderation.opening import StartError
from moderation.scoring.place import PoolEvent
from moderation.scoring.supervisor import ScorerPool
from moderation.services.direct import DirectScoring
from moderation.services.pair_file import PairFile
from moderation.services.scoring import LocalScoring
from moderation.settings import Settings
from moderation.telemetry import Metrics, log_fault
from moderation.web.ops import create_ops
from moderation.web.perspective.analyze import Analyzing
from moderation.web.perspective_shadow.beside import Beside
from moderation.web.perspective_shadow.routes import create_shadow
from moderation.web.perspective_shadow.upstream import upstream

#: How long what is in hand may take after SIGTERM.
_DRAIN_S = 25.0
_MEGABYTE = 1_000_000
#: How far scoring stands back where cores are short (`man 2 setpriority`).
_NICE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadowing:
    """What was chosen. `upstream`: Perspective's address; `answers_itself`: where it gives none.

    `timeout_s`: how long its answer may take. `waiting`: the most calls that wait to be scored.
    `file`: where scores are kept, at most `most_mb` megabytes of them. `with_do_not_store`: also
    those of calls whose sender asked that nothing be stored.
    """

    upstream: str
    answers_itself: bool
    timeout_s: float
    waiting: int
    file: Path
    most_mb: int
    with_do_not_store: bool


async def serve(settings: Settings, chosen: Shadowing, started: Callable[[str, str], None]) -> None:
    """Answer until SIGTERM or SIGINT, then keep what is in hand. Raises StartError.

    `started` is told where the proxy and the operators' port listen.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(log_fault)
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        file = _opened(stack, chosen)
        pool = _pool(settings, metrics)
        await pool.start()
        stack.push_async_callback(pool.stop)
        there = await stack.enter_async_context(upstream(chosen.upstream, chosen.timeout_s))
        beside = Beside(
            pool, file, metrics, aliases=settings.perspective.aliases, waiting=chosen.waiting,
            with_do_not_store=chosen.with_do_not_store,
        )  # fmt: skip
        direct = DirectScoring(LocalScoring.sharing(pool), settings.direct)
        own = Analyzing(direct, settings.perspective) if chosen.answers_itself else None
        app = create_shadow(settings, there, beside, metrics, own=own, draining=stop.is_set)
        await stack.enter_async_context(_running(beside))
        # Listening ends first, so that whatever was answered is still counted.
        _, ops = await listening(
            stack, _ops(metrics), settings.ops.host, settings.ops.port, drain_s=_DRAIN_S
        )
        _, api = await listening(stack, app, settings.api.host, settings.api.port, drain_s=_DRAIN_S)
        started(api, ops)
        await stop.wait()


@asynccontextmanager
async def _running(beside: Beside) -> AsyncIterator[None]:
    task = asyncio.create_task(beside.run())
    try:
        yield
    finally:
        beside.stop()
        with suppress(TimeoutError):
            await asyncio.wait_for(task, _DRAIN_S)


def _opened(stack: AsyncExitStack, chosen: Shadowing) -> PairFile:
    try:
        file = PairFile(chosen.file, chosen.most_mb * _MEGABYTE)
    except OSError as error:
        raise StartError(f"can't write {chosen.file}: {error.strerror}") from error
    stack.callback(file.close)
    return file


def _pool(settings: Settings, metrics: Metrics) -> ScorerPool:
    scorer = settings.scorer

    def announced(event: PoolEvent) -> None:
        metrics.scorer_events.labels(event.value).inc()
        if event is PoolEvent.READY:
            for child in pool.pids:  # scoring takes what answering leaves of the cores
                with suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, child, _NICE)

    pool = ScorerPool(
        scorer.spec,
        processes=scorer.process_count(),
        threads=scorer.threads,
        timeout_s=scorer.timeout_s,
        max_rss_mb=scorer.max_rss_mb,
        max_texts=scorer.max_texts,
        on_event=announced,
    )
    return pool


def _ops(metrics: Metrics) -> web.Application:
    async def nothing() -> dict[str, bool]:
        return {}  # it answers by Perspective, so that nothing of its own has to be there

    async def measure() -> None:
        return None

    return create_ops(metrics, ready=nothing, started=nothing, measure=measure)
