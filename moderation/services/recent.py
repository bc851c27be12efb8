"""The last hours of one process's figures, kept in its memory for those who have no Prometheus.

They end with the process. What is counted (requests, decisions) is this process's own; what stands
in the store (queue, held) is the same for all. No label here is an id, a path or a text.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from prometheus_client import Counter, Gauge

from moderation.telemetry import Metrics

EVERY_S = 30.0
KEPT_S = 3 * 3600
#: Below this a rate would be mostly chance.
_SHORTEST_S = 1.0
_NEW = {"new", "edit"}


@dataclass(frozen=True, slots=True)
class Sample:
    """`at_s`: seconds since 1970. `counts` only grow; `levels` are as they stood, if known."""

    at_s: float
    counts: Mapping[str, float]
    levels: Mapping[str, float]


class Recent:
    """The figures of one process. `run` takes a sample each half minute until cancelled."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._samples: deque[Sample] = deque(maxlen=round(KEPT_S / EVERY_S))
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to sample."""
        self._task = asyncio.create_task(self.run())

    async def stop(self) -> None:
        """End sampling."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            self._samples.append(self.now())
            await asyncio.sleep(EVERY_S)

    def now(self) -> Sample:
        """Return the figures of this moment."""
        return Sample(time.time(), _counts(self._metrics), _levels(self._metrics))

    def samples(self) -> list[Sample]:
        """Return what is kept, the oldest first, and this moment."""
        last = self.now()
        before = [one for one in self._samples if last.at_s - one.at_s >= _SHORTEST_S]
        return [*before, last]

    def checks(self) -> dict[str, bool]:
        """Return each readiness check of this process as it was last made."""
        return {labels["check"]: value == 1 for labels, value in _each(self._metrics.ready)}

    def model(self) -> str | None:
        """Return the name and version of the model in this process, None where none runs."""
        for family in self._metrics.model.collect():
            for sample in family.samples:
                if sample.labels.get("name"):
                    return f"{sample.labels['name']} {sample.labels.get('version', '')}".strip()
        return None


def rates(samples: list[Sample], name: str, per_s: float = 1.0) -> list[tuple[float, float | None]]:
    """Return a count's growth per `per_s` seconds, at the end of each step between samples."""
    found: list[tuple[float, float | None]] = []
    for before, after in pairwise(samples):
        grown = after.counts.get(name, 0.0) - before.counts.get(name, 0.0)
        took_s = max(_SHORTEST_S, after.at_s - before.at_s)  # a clock may be put back
        found.append((after.at_s, max(0.0, grown) / took_s * per_s))
    return found


def levels(samples: list[Sample], name: str) -> list[tuple[float, float | None]]:
    """Return a level at each sample; None where nobody could know it."""
    return [(one.at_s, one.levels.get(name)) for one in samples]


def _counts(metrics: Metrics) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for labels, value in _each(metrics.http_requests):
        found["requests"] += value
        if labels["code"].startswith("5"):
            found["failed"] += value
    for labels, value in _each(metrics.received):
        if labels["result"] in _NEW:
            found["received"] += value
    for labels, value in _each(metrics.decisions):
        by = labels["source"] if labels["source"] in {"person", "fallback"} else labels["outcome"]
        found[by] += value
    return dict(found)


def _levels(metrics: Metrics) -> dict[str, float]:
    plain = {
        "callbacks": metrics.callbacks_waiting,
        "given_up": metrics.dead_letters,
        "held": metrics.held_comments,
        "held_oldest": metrics.held_oldest,
        "appeals": metrics.appeals_open,
    }
    found = {name: value for name, gauge in plain.items() for _, value in _each(gauge)}
    if entries := [value for _, value in _each(metrics.stream_entries)]:
        found["queued"] = sum(entries)
    if ages := [value for _, value in _each(metrics.stream_oldest)]:
        found["oldest"] = max(ages)
    return {name: value for name, value in found.items() if not math.isnan(value)}


def _each(metric: Counter | Gauge) -> Iterator[tuple[Mapping[str, str], float]]:
    for family in metric.collect():
        for sample in family.samples:
            if not sample.name.endswith("_created"):
                yield sample.labels, sample.value
