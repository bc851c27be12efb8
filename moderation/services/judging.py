"""Judging a batch of reserved comments: facts, scores, verdicts.

Every job gets a verdict. What goes wrong on the way is a verdict too: held, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from moderation.domain.decide import decide, hold_unseen
from moderation.domain.policy import SEVERITY_HOURS, Policy
from moderation.domain.rules import Facts
from moderation.domain.scores import Outcome, Unscored, UnscoredReason
from moderation.scoring.supervisor import ScorerPool
from moderation.services.known_scores import KnownScores
from moderation.services.policies import PolicyBook
from moderation.services.shadow import Shadow
from moderation.settings import Settings
from moderation.store import past
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
        self,
        store: Store,
        settings: Settings,
        pool: ScorerPool,
        policies: PolicyBook,
        shadow: Shadow | None = None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._pool = pool
        self._policies = policies
        self._shadow = shadow
        self._known = KnownScores(settings.scorer.cache_texts)

    async def judge(self, jobs: Sequence[Job], patience_s: float | None) -> list[Judged]:
        """Return a ruling for each job, in order. Raises StoreDownError.

        `patience_s`: how long to wait for scores before a comment is held without one; None: as
        long as there are scorers at work. A comment that was delivered too often is held without
        being looked at again, since looking may be what lost its workers.
        """
        judged = iter(await self._look([job for job in jobs if not self._lost(job)], patience_s))
        return [self._unseen(job) if self._lost(job) else next(judged) for job in jobs]

    def _lost(self, job: Job) -> bool:
        return job.deliveries > self._settings.worker.max_attempts

    def _unseen(self, job: Job) -> Judged:
        """Hold a comment; nothing is read for it that may be what is wrong, policies included."""
        outcome = Unscored(UnscoredReason.EXHAUSTED)
        verdict = hold_unseen(outcome, self._policies.name_for(job.submission.site))
        return Judged(Ruling(job=job, verdict=verdict, weight_hours=SEVERITY_HOURS), outcome)

    async def _look(self, jobs: Sequence[Job], patience_s: float | None) -> list[Judged]:
        policies = [await self._policies.for_site(job.submission.site) for job in jobs]
        pasts = await self._pasts(jobs, [policy for policy, _ in policies])
        facts = [
            Facts.of(job.submission, first_time_author=known.first_time, repeats=known.repeats)
            for job, known in zip(jobs, pasts, strict=True)
        ]
        texts = [one.text.text for one in facts]
        outcomes = await self._score(texts, patience_s)
        judged = []
        for job, (policy, version), one, outcome in zip(
            jobs, policies, facts, outcomes, strict=True
        ):
            verdict = decide(one, outcome, policy, version)
            ruling = Ruling(job=job, verdict=verdict, weight_hours=policy.severity_hours)
            judged.append(Judged(ruling, outcome))
            if self._shadow:
                self._shadow.offer(job, one, policy, verdict)
        return judged

    async def _score(self, texts: Sequence[str], patience_s: float | None) -> list[Outcome]:
        """Return an outcome each, asking the pool only for what it has not scored lately."""
        known: dict[str, Outcome] = {}
        for text in texts:
            if scored := self._known.get(text, self._pool.model):
                known[text] = scored
        asked = list(dict.fromkeys(text for text in texts if text not in known))
        if asked:
            for text, outcome in zip(
                asked, await self._pool.score(asked, timeout_s=patience_s), strict=True
            ):
                known[text] = outcome
                self._known.keep(text, outcome)
        return [known[text] for text in texts]

    async def _pasts(self, jobs: Sequence[Job], policies: Sequence[Policy]) -> list[past.Past]:
        asked = []
        for job, policy in zip(jobs, policies, strict=True):
            repeated = policy.rules.repeated_text
            window_ms = repeated.window_s * 1000 if repeated else 0
            asked.append((job.comment, job.submission, job.received_ms, window_ms))
        return await past.look_up(self._store, asked)
