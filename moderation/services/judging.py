"""Judging a batch of reserved comments: facts, scores, verdicts.

Every job gets a verdict. What goes wrong on the way is a verdict too: held, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from moderation.domain.decide import decide
from moderation.domain.policy import Policy
from moderation.domain.rules import Facts
from moderation.domain.scores import Outcome, Unscored, UnscoredReason
from moderation.domain.text import View
from moderation.scoring.supervisor import ScorerPool
from moderation.services.policies import PolicyBook
from moderation.settings import Settings
from moderation.store import history
from moderation.store.decisions import Ruling
from moderation.store.queue import Job
from moderation.store.store import Store


@dataclass(frozen=True, slots=True)
class Judged:
    """A ruling, and the outcome that it rests on."""

    ruling: Ruling
    outcome: Outcome


class Judge:
    """Holds what judging needs beside the jobs themselves."""

    def __init__(
        self, store: Store, settings: Settings, pool: ScorerPool, policies: PolicyBook
    ) -> None:
        self._store = store
        self._settings = settings
        self._pool = pool
        self._policies = policies

    async def judge(self, jobs: Sequence[Job], patience_s: float | None) -> list[Judged]:
        """Return a ruling for each job, in order. Raises StoreDownError.

        `patience_s`: how long to wait for scores before a comment is held without one; None: as
        long as there are scorers at work. A comment that was delivered too often is held without
        being looked at again, since looking may be what lost its workers.
        """
        policies = [await self._policies.for_site(job.submission.site) for job in jobs]
        pasts = await self._pasts(jobs, [policy for policy, _ in policies])
        views = [self._view(job) for job in jobs]
        outcomes = await self._outcomes(jobs, views, patience_s)
        judged = []
        for job, (policy, version), past, view, outcome in zip(
            jobs, policies, pasts, views, outcomes, strict=True
        ):
            context = job.submission.context
            facts = Facts(
                text=view,
                section=context.section,
                article_id=context.article_id,
                first_time_author=past.first_time,
                repeats=past.repeats,
            )
            verdict = decide(facts, outcome, policy, version)
            judged.append(
                Judged(
                    Ruling(job=job, verdict=verdict, weight_hours=policy.severity_hours), outcome
                )
            )
        return judged

    async def _pasts(self, jobs: Sequence[Job], policies: Sequence[Policy]) -> list[history.Past]:
        asked = []
        for job, policy in zip(jobs, policies, strict=True):
            repeated = policy.rules.repeated_text
            window_ms = repeated.window_s * 1000 if repeated else 0
            asked.append((job.comment, job.submission, job.received_ms, window_ms))
        keep_ms = round(self._settings.retention.record_d * 86_400_000)
        return await history.look_up(self._store, asked, keep_ms=keep_ms)

    async def _outcomes(
        self, jobs: Sequence[Job], views: Sequence[View], patience_s: float | None
    ) -> list[Outcome]:
        wanted = [index for index, job in enumerate(jobs) if not self._exhausted(job)]
        scored = await self._pool.score([views[i].text for i in wanted], timeout_s=patience_s)
        outcomes: list[Outcome] = [Unscored(UnscoredReason.EXHAUSTED)] * len(jobs)
        for index, outcome in zip(wanted, scored, strict=True):
            outcomes[index] = outcome
        return outcomes

    def _view(self, job: Job) -> View:
        return View("", range(1)) if self._exhausted(job) else job.submission.plain()

    def _exhausted(self, job: Job) -> bool:
        return job.deliveries > self._settings.worker.max_attempts
