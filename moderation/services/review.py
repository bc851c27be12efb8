"""People's decisions: the only ones that reject, and the last word on every comment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moderation.domain.decision import Decision
from moderation.domain.errors import (
    EscalatedError,
    FourEyesError,
    NotFoundError,
    NotInBulkError,
    StaleError,
)
from moderation.domain.policy import Policy
from moderation.services import reporting
from moderation.services.answers import answer
from moderation.services.policies import PolicyBook
from moderation.settings import Settings
from moderation.store import decisions, past, reading, sampling
from moderation.store.reading import Record
from moderation.store.store import Store
from moderation.telemetry import Metrics

#: Why an act on many leaves a comment as it is.
_NOT_IN_BULK = frozenset({"claimed", "escalated", "drawn", "not_held"})


@dataclass(frozen=True, slots=True)
class Review:
    """The use case of one process."""

    store: Store
    settings: Settings
    policies: PolicyBook
    metrics: Metrics

    async def decide(
        self,
        said: decisions.PersonalDecision,
        *,
        hold_back_s: float | None = None,
        takes_escalated: bool = True,
    ) -> dict[str, Any]:
        """Record a person's decision and return the comment's answer.

        `hold_back_s`: how long its callback waits; None: as `callbacks.hold_back_s` says. Who
        approves on the page what was approved and drawn to be read, confirms it: nobody is told
        anything new. `takes_escalated`: whether they decide what colleagues escalated.
        Raises NotFoundError, StaleError with what happened meanwhile, FourEyesError,
        EscalatedError, NotInBulkError, StoreDownError.
        """
        before = await self.record(said.site, said.comment)
        if not takes_escalated and _is_escalated(before, said):
            raise EscalatedError
        if sampling.is_drawn(before) and _only_reads(said):
            return await self._confirm(said, before)
        policy, _ = await self.policies.for_site(said.site)
        self._ask_for_others(policy, said, before)
        if hold_back_s is None:
            hold_back_s = self.settings.callbacks.hold_back_s
        code, version = await decisions.resolve(
            self.store,
            said,
            before.decided or {},
            hold_back_ms=round(hold_back_s * 1000),
            ttl_ms=self.text_ms(said.decision),
            weight_hours=policy.severity_hours,
        )
        await self.refuse(said.comment, code, version)
        after = await self.record(said.site, said.comment)
        if code == "recorded":
            reporting.person_decision(self.metrics, said, version, before, after)
            await self.remember(after, said.decision)
        return answer(after)

    async def _confirm(self, said: decisions.PersonalDecision, before: Record) -> dict[str, Any]:
        code, version = await sampling.confirm(self.store, said, before.decided or {})
        await self.refuse(said.comment, code, version)
        if code == "recorded":
            reporting.person_read(self.metrics, said, version)
        return answer(await self.record(said.site, said.comment))

    def _ask_for_others(
        self, policy: Policy, said: decisions.PersonalDecision, before: Record
    ) -> None:
        """Refuse to change a person's decision by themselves, or through a key, under four eyes.

        What is read here is what the decision is recorded on: the script compares the version.
        """
        stands = before.decided or {}
        if said.appeal:  # asked more strictly already, of who made the rejection
            return
        if not (policy.four_eyes and stands.get("actor")) or stands["decision"] == Decision.HOLD:
            return
        if before.state["ver"] != str(said.expected_version) or stands["decision"] == said.decision:
            return
        if said.via != decisions.PAGE or stands["actor"]["id"] == said.actor_id:
            self.metrics.review_conflicts.labels("four_eyes").inc()
            raise FourEyesError("the policy wants another person, signed in, to change this")

    async def record(self, site: str, comment: str) -> Record:
        """Return a comment of a site. Raises NotFoundError, StoreDownError."""
        (found,) = await reading.read(self.store, [comment])
        if found is None or found.state["s"] != site:
            raise NotFoundError("no such comment")
        return found

    async def refuse(self, comment: str, code: str, version: int) -> None:
        """Raise NotFoundError, StaleError or NotInBulkError where a script's answer is one."""
        if code in {"missing", "erased"}:
            raise NotFoundError("no such comment")
        if code == "appealed":
            self.metrics.review_conflicts.labels("appealed").inc()
            raise FourEyesError("its author appealed: another moderator decides under Appeals")
        if code == "stale":
            self.metrics.review_conflicts.labels("stale").inc()
            (event,) = await reading.read_events(self.store, [(comment, version)])
            raise StaleError(event or {"version": version})
        if code in _NOT_IN_BULK:
            raise NotInBulkError(code)

    def text_ms(self, decision: str) -> int:
        """Return how long a text is kept that a person decided on so."""
        rejected = decision == Decision.REJECT
        return self.settings.retention.decided_text_ms(rejected=rejected)

    async def remember(self, after: Record, decision: str) -> None:
        """Keep the author's record of approvals right; it is advice to a rule, not a promise."""
        author, site = after.state.get("aut"), after.state["s"]
        if not author:
            return
        if decision == Decision.APPROVE:
            keep_ms = self.settings.retention.record_ms
            at_ms = int((after.decided or {}).get("at", 0))
            approved = [(after.id, site, author, at_ms)]
            await past.note_approvals(self.store, approved, keep_ms=keep_ms)
        else:
            await past.forget_approval(self.store, after.id, site, author)


def _only_reads(said: decisions.PersonalDecision) -> bool:
    """Return whether this leaves a drawn approval as it is; a key's callers decide, as always."""
    own = said.via == decisions.PAGE and not said.batch
    return own and said.decision is Decision.APPROVE


def _is_escalated(before: Record, said: decisions.PersonalDecision) -> bool:
    """Return whether what somebody decides on is what was escalated; else they come too late.

    The script compares the version that is read here; of a batch it leaves such ones out itself.
    """
    same = before.state["ver"] == str(said.expected_version)
    return same and bool(before.state.get("esc")) and not said.batch
