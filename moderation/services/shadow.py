"""A second model beside the first: it scores a sample, decides nothing, and is compared.

What is taken for it waits in memory, bounded; with no room left it is not compared. Nothing here
touches a decision, and a second model that fails or is slow holds nobody up.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

from moderation.domain.decide import decide
from moderation.domain.decision import Verdict
from moderation.domain.errors import NotFoundError, StoreDownError
from moderation.domain.policy import Policy
from moderation.domain.rules import Facts
from moderation.domain.scores import Scored
from moderation.scoring.supervisor import ScorerPool
from moderation.services.policies import PolicyBook
from moderation.settings import Settings
from moderation.store import comparisons
from moderation.store.queue import Job
from moderation.store.store import Store
from moderation.telemetry import Metrics

_MOST_WAITING = 256


@dataclass(frozen=True, slots=True)
class _Sample:
    job: Job
    facts: Facts
    policy: Policy
    verdict: Verdict


class Shadow:
    """One process's second model. `pool` is its own; `run` starts and stops it."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        pool: ScorerPool,
        policies: PolicyBook,
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._share = settings.shadow.share
        self._policy = settings.shadow.policy
        self._pool = pool
        self._policies = policies
        self._results = metrics.shadow
        self._differences = metrics.shadow_difference
        self._samples: asyncio.Queue[_Sample] = asyncio.Queue(_MOST_WAITING)

    def offer(self, job: Job, facts: Facts, policy: Policy, verdict: Verdict) -> None:
        """Take a scored comment into the sample, or not."""
        if verdict.scores is None or random.random() >= self._share:  # noqa: S311 - a sample
            return
        try:
            self._samples.put_nowait(_Sample(job, facts, policy, verdict))
        except asyncio.QueueFull:
            self._results.labels("dropped").inc()

    async def run(self) -> None:
        """Compare what was taken until cancelled."""
        await self._pool.start()
        try:
            while True:
                sample = await self._samples.get()
                try:
                    self._results.labels(await self._compare(sample)).inc()
                except (StoreDownError, NotFoundError):
                    self._results.labels("dropped").inc()
        finally:
            await self._pool.stop()

    async def _compare(self, sample: _Sample) -> str:
        [outcome] = await self._pool.score([sample.facts.text.text])
        first = sample.verdict
        if not isinstance(outcome, Scored) or first.scores is None or first.model is None:
            return "unscored"
        policy = (await self._policies.named(self._policy))[0] if self._policy else sample.policy
        second = decide(sample.facts, outcome, policy, 0)
        for label, score in outcome.scores.items():
            if label in first.scores:
                self._differences.labels(label).observe(abs(score - first.scores[label]))
        await comparisons.note(
            self._store,
            comparisons.Comparison(
                comment=sample.job.comment,
                revision=sample.job.revision,
                first=comparisons.Side.of(first.model, first.decision, first.scores),
                second=comparisons.Side.of(outcome.model, second.decision, outcome.scores),
            ),
        )
        return "same" if second.decision is first.decision else f"would_{second.decision.value}"
