"""People's decisions: the only ones that reject, and the last word on every comment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moderation.domain.decision import Decision
from moderation.domain.errors import NotFoundError, StaleError
from moderation.services import reporting
from moderation.services.answers import answer
from moderation.services.policies import PolicyBook
from moderation.settings import Settings
from moderation.store import decisions, past, reading
from moderation.store.store import Store
from moderation.telemetry import Metrics

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Review:
    """The use case of one process."""

    store: Store
    settings: Settings
    policies: PolicyBook
    metrics: Metrics

    async def decide(
        self, said: decisions.PersonalDecision, *, hold_back_s: float | None = None
    ) -> dict[str, Any]:
        """Record a person's decision and return the comment's answer.

        `hold_back_s`: how long its callback waits; None: as `callbacks.hold_back_s` says.
        Raises NotFoundError, StaleError with what happened meanwhile, StoreDownError.
        """
        (before,) = await reading.read(self.store, [said.comment])
        if before is None or before.state["s"] != said.site:
            raise NotFoundError("no such comment")
        policy, _ = await self.policies.for_site(said.site)
        if hold_back_s is None:
            hold_back_s = self.settings.callbacks.hold_back_s
        retention = self.settings.retention
        rejected = said.decision is Decision.REJECT
        days = retention.rejected_text_d if rejected else retention.decided_held_text_d
        code, version = await decisions.resolve(
            self.store,
            said,
            before.decided or {},
            hold_back_ms=round(hold_back_s * 1000),
            ttl_ms=round(days * _DAY_MS),
            weight_hours=policy.severity_hours,
        )
        if code in {"missing", "erased"}:
            raise NotFoundError("no such comment")
        if code == "stale":
            self.metrics.review_conflicts.labels("stale").inc()
            (event,) = await reading.read_events(self.store, [(said.comment, version)])
            raise StaleError(event or {"version": version})
        if code == "recorded":
            self._report(said, version, before)
            await self._remember(said, before, version)
        (after,) = await reading.read(self.store, [said.comment])
        if after is None:
            raise NotFoundError("no such comment")
        return answer(after)

    def _report(
        self, said: decisions.PersonalDecision, version: int, before: reading.Record
    ) -> None:
        if before.state.get("by") == "person":
            self.metrics.reversals.inc()
        reporting.person_decision(
            self.metrics,
            {
                "comment": said.comment,
                "site": said.site,
                "version": version,
                "decision": said.decision.value,
                "via": said.via,
            },
        )

    async def _remember(
        self, said: decisions.PersonalDecision, before: reading.Record, version: int
    ) -> None:
        """Keep the author's record of approvals right; it is advice to a rule, not a promise."""
        author = before.state.get("aut")
        if not author:
            return
        if said.decision is Decision.APPROVE:
            (event,) = await reading.read_events(self.store, [(said.comment, version)])
            keep_ms = round(self.settings.retention.record_d * _DAY_MS)
            approved = [(said.comment, said.site, author, int(event["at"]) if event else 0)]
            await past.note_approvals(self.store, approved, keep_ms=keep_ms)
        else:
            await past.forget_approval(self.store, said.comment, said.site, author)
