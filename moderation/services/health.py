"""What the service knows of itself: readiness by role, and the gauges that scrapes read."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence

from moderation.domain.decision import ReasonCode
from moderation.domain.errors import NotFoundError, StoreDownError
from moderation.scoring.supervisor import ScorerPool
from moderation.services.policies import PolicyBook
from moderation.store import appeals, keys, outbox, queue, reading
from moderation.store.store import Store, down_on_error
from moderation.telemetry import Metrics

_GAUGES_EVERY_S = 5.0
_LAG_EVERY_S = 0.25
_PING_S = 1.0
#: Well under what a scrape may take: one that is given up would look like a process that is gone.
_MEASURE_S = 1.0
_QUANTILES = (0.5, 0.9, 1.0)
#: What is counted where a comment is held and no reason is known, as by a person before any score.
_OTHER = "other"


class Health:
    """Checks and gauges of one process. `pool` is None where no scorer runs."""

    def __init__(
        self,
        store: Store,
        metrics: Metrics,
        *,
        sites: Sequence[str],
        policies: PolicyBook,
        pool: ScorerPool | None,
        model_is_needed: bool,
    ) -> None:
        self._store = store
        self._metrics = metrics
        self._sites = sites
        self._policies = policies
        self._pool = pool
        self._model_is_needed = model_is_needed
        self.draining = False

    async def ready(self) -> dict[str, bool]:
        """Return each check by name; all must be true to be given work.

        A missing model does not stop intake: comments are then held. So it counts only where a
        worker runs alone.
        """
        checks = {"redis": await self._answers(), "not_draining": not self.draining}
        if self._pool and self._model_is_needed:
            checks["model"] = self._pool.ready
        for check, passes in checks.items():
            self._metrics.ready.labels(check).set(passes)
        return checks

    async def started(self) -> dict[str, bool]:
        """Return the checks of a start that is complete: a model has answered once."""
        loaded = self._pool is None or self._pool.model is not None
        return {"redis": await self._answers(), "model": loaded}

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(_PING_S), down_on_error():
                await self._store.redis.hget(keys.INSTALL, "schema")
        except (StoreDownError, TimeoutError):
            return False
        return True

    async def run(self) -> None:
        """Keep the gauges right until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_loop())
            group.create_task(self._watch_store())

    async def _watch_loop(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(_LAG_EVERY_S)
            self._metrics.loop_lag.set(max(0.0, time.monotonic() - before - _LAG_EVERY_S))

    async def _watch_store(self) -> None:
        while True:
            await self.measure()
            await asyncio.sleep(_GAUGES_EVERY_S)

    async def measure(self) -> None:
        """Set the gauges from what is in the store now; while it is away they tell nothing.

        Nothing is counted in memory: what they say holds after a restart, a trim and a failover.
        """
        try:
            async with asyncio.timeout(_MEASURE_S):
                await self.ready()
                await self._measure()
        except (StoreDownError, TimeoutError) as error:
            self._metrics.store_failed(error)
            self._metrics.forget_store()
            self._metrics.ready.labels("redis").set(0)
        except NotFoundError:
            pass  # the default policy is not there, which no gauge needs to say
        if self._pool and self._pool.model:
            model = self._pool.model
            self._metrics.model.info({"name": model.name, "version": model.version})

    async def _measure(self) -> None:
        metrics, now_ms = self._metrics, time.time() * 1000
        for depth in await queue.depths(self._store, now_ms):
            metrics.stream_entries.labels(depth.lane).set(depth.entries)
            metrics.stream_pending.labels(depth.lane).set(depth.pending)
            metrics.stream_lag.labels(depth.lane).set(max(0, depth.entries - depth.pending))
            metrics.stream_oldest.labels(depth.lane).set(depth.oldest_s)
        waiting, dead = await outbox.counts(self._store)
        metrics.callbacks_waiting.set(waiting)
        metrics.dead_letters.set(dead)
        await self._measure_held(now_ms)
        await self._measure_appeals(now_ms)
        if self._sites:
            policy, _ = await self._policies.for_site(self._sites[0])
            for label, threshold in policy.thresholds.items():
                metrics.threshold.labels(label).set(threshold)

    async def _measure_held(self, now_ms: float) -> None:
        held, oldest_ms, urgent = 0, now_ms, dict.fromkeys(_QUANTILES, 0.0)
        why = Counter[str]()
        for site in self._sites:
            found = await reading.held_figures(self._store, site, _QUANTILES)
            held += found.count
            why += found.why
            oldest_ms = min(oldest_ms, found.oldest_ms or now_ms)
            for quantile, priority_ms in found.priorities_ms.items():
                urgent[quantile] = max(urgent[quantile], now_ms - priority_ms)
        self._metrics.held_comments.set(held)
        for code in ReasonCode:
            self._metrics.held_items.labels(code.value).set(why[code])
        self._metrics.held_items.labels(_OTHER).set(why[keys.NO_REASON])
        self._metrics.held_oldest.set((now_ms - oldest_ms) / 1000)
        for quantile, waited_ms in urgent.items():
            self._metrics.held_priority.labels(str(quantile)).set(waited_ms / 1000)

    async def _measure_appeals(self, now_ms: float) -> None:
        found = [await appeals.figures(self._store, site) for site in self._sites]
        oldest_ms = min((at for _, at in found if at is not None), default=now_ms)
        self._metrics.appeals_open.set(sum(count for count, _ in found))
        self._metrics.appeals_oldest.set(max(0.0, now_ms - oldest_ms) / 1000)
