"""A moderator at the queue: cards that are theirs for a moment, and what they do with them.

A claim is a courtesy; that nobody's decision is overwritten unseen is kept by the version it names.
Whether a person may do what they ask for here, is asked before: `domain/people.py`.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from moderation.domain.decision import Decision
from moderation.domain.errors import ConflictError, FourEyesError
from moderation.domain.people import Right
from moderation.domain.standing import decision_of, standing
from moderation.services import cursors, held, reporting
from moderation.services.answers import answer
from moderation.services.held import HeldFilter, Page
from moderation.services.looking import Moderator
from moderation.services.policies import PolicyBook
from moderation.services.review import Review
from moderation.services.searching import Searching
from moderation.settings import Settings
from moderation.store import claims, reading, sampling, second_thoughts
from moderation.store.decisions import PAGE, Batch, PersonalDecision
from moderation.store.reading import Condition
from moderation.store.second_thoughts import Act
from moderation.store.store import Store
from moderation.telemetry import Metrics

#: How often a short page is filled up: others claimed first, or (scans) few match the filter.
_ROUNDS, _SCANS = 20, 3
_EVERYTHING = HeldFilter()
#: What a drawn approval says of itself to whom it is shown as if it were held.
_HIDDEN: dict[str, Any] = {
    "decision": Decision.HOLD.value,
    "decided_by": None,
    "reasons": [],
    "scores": None,
}


class Reviewing(Searching):
    """The use case of one process."""

    def __init__(
        self, store: Store, settings: Settings, policies: PolicyBook, metrics: Metrics
    ) -> None:
        super().__init__(store)
        self._policies = policies
        self._metrics = metrics
        self._review = Review(store, settings, policies, metrics)
        self._lease_ms = round(settings.review.lease_s * 1000)
        self._hold_back_s = settings.review.hold_back_s

    async def cards(
        self,
        site: str,
        person: Moderator,
        *,
        order: str = "priority",
        wanted: HeldFilter = _EVERYTHING,
        cursor: str | None = None,
        count: int = 10,
        claim: bool = True,
    ) -> Page:
        """Return the next held comments that nobody else has, now claimed for this person.

        Each is as `GET /v1/queue` gives it, with `claimed_by`, `claimed_until`, `escalation` ({by,
        note, at} or None) and `author_pseudonym`. Without `claim` all are shown and none is taken.
        Unfiltered ones may have an approval among them that was drawn to be read (`drawn`): it
        looks held, and tells neither scores nor reasons. Where nothing is held, all may be such.
        Raises InvalidError for a cursor from elsewhere, StoreDownError.
        """
        place = cursors.read_place(cursor)
        indexes = held.indexes(self._store, site, order, wanted)
        conditions = held.conditions(self._store, site, wanted, person.id)
        if claim:
            conditions.append(Condition("lp", "free", person.id))
        found, scans = list[str](), 0
        for _ in range(_ROUNDS):
            asked = count - len(found)
            ids, place = await reading.page(self._store, indexes, place, asked, conditions)
            scans += len(ids) < asked
            found += await self._claimed(site, person, ids) if claim else ids
            if place is None or len(found) >= count or scans == _SCANS:
                break
        items = await self.shown(site, found)
        if claim and wanted == _EVERYTHING:
            for item in await self._drawn(site, person, 1 if found else count):
                items.insert(secrets.randbelow(len(items) + 1), item)
        return Page(items, cursors.write(place))

    async def _drawn(self, site: str, person: Moderator, count: int) -> list[dict[str, Any]]:
        """Return approvals that were drawn, now claimed, with nothing that tells what they are."""
        indexes = reading.held_indexes(self._store, site, sampling.ORDER, None)
        free = [Condition("lp", "free", person.id)]
        ids, _ = await reading.page(self._store, indexes, None, count, free)
        items = await self.shown(site, await self._claimed(site, person, ids))
        return [{**item, **_HIDDEN} for item in items]

    async def _claimed(self, site: str, person: Moderator, ids: list[str]) -> list[str]:
        """Claim comments; return those that are now this person's, in order."""
        theirs = await claims.claim(self._store, site, person.id, ids, lease_ms=self._lease_ms)
        return [comment for comment in ids if comment in theirs]

    async def renew(self, site: str, person: Moderator, ids: Sequence[str]) -> list[str]:
        """Claim for another while what is this person's; return what still is."""
        theirs = await claims.claim(
            self._store, site, person.id, ids, lease_ms=self._lease_ms, renewal=True
        )
        return list(theirs)

    async def release(self, site: str, person: Moderator, ids: Sequence[str]) -> None:
        """Give back what is this person's: skipped, or the page was left."""
        await claims.release(self._store, site, person.id, ids)

    async def decide(
        self,
        site: str,
        person: Moderator,
        comment: str,
        expected_version: int,
        decision: Decision,
        reason: str | None = None,
        note: str | None = None,
        batch: Batch | None = None,
    ) -> dict[str, Any]:
        """Record this person's decision and return the comment's answer; once, if asked again.

        Its callback is held back for a moment, in which `undo` can still stop it. `batch`: the act
        on many that it is one of. Raises NotFoundError, StaleError with what happened meanwhile,
        EscalatedError where it takes who decides what is escalated, NotInBulkError for what a batch
        leaves as it is, StoreDownError.
        """
        said = _says(site, person, comment, expected_version, decision)
        said = replace(said, reason=reason, note=note, batch=batch)
        return await self._review.decide(
            said, hold_back_s=self._hold_back_s, takes_escalated=person.may(Right.ESCALATED)
        )

    async def escalate(
        self,
        site: str,
        person: Moderator,
        comment: str,
        expected_version: int,
        note: str | None = None,
    ) -> dict[str, Any]:
        """Hand a held comment on to those who see what is escalated; return its answer.

        Raises NotFoundError, StaleError, ConflictError for one that is not held, StoreDownError.
        """
        act = _act(site, person, comment, expected_version)
        code, version = await second_thoughts.escalate(self._store, act, note)
        if code == "not_held":
            raise ConflictError("only a held comment can be escalated")
        await self._review.refuse(comment, code, version)
        if code == "recorded":
            reporting.person_act(self._metrics, "escalate", act, version)
        return answer(await self._review.record(site, comment))

    async def undo(
        self,
        site: str,
        person: Moderator,
        comment: str,
        version: int,
        batch: Batch | None = None,
    ) -> dict[str, Any]:
        """Take back what this person did last with a comment; return its answer.

        `version` is that of their decision or escalation, which must be what stands. Its callback
        is not sent if it was not tried yet; else a new one tells how the comment stands again.
        `batch`: it was one of these, which are taken back together.
        Raises NotFoundError, StaleError, FourEyesError, StoreDownError.
        """
        await self._review.record(site, comment)
        trail = await reading.trail(self._store, comment)
        if trail[-1].get("undoes") == version and _is_by(person, trail[-1]):
            return answer(await self._review.record(site, comment))
        if trail[-1]["type"] == "confirmed" and trail[-1]["version"] == version:
            return await self._unread(site, person, comment, trail[-1])
        stands = standing(trail)
        if (
            not stands
            or stands[-1]["version"] != version
            or not _is_mine(person, batch, stands[-1])
        ):
            await self._review.refuse(comment, "stale", trail[-1]["version"])
        act = replace(_act(site, person, comment, trail[-1]["version"]), batch=batch)
        await self._undo(act, stands)
        return answer(await self._review.record(site, comment))

    async def _unread(
        self, site: str, person: Moderator, comment: str, confirmed: dict[str, Any]
    ) -> dict[str, Any]:
        """Take back that this person read an approval which was drawn; it waits again."""
        code, version = "stale", confirmed["version"]
        if _is_by(person, confirmed):
            said = _says(site, person, comment, version, Decision.APPROVE)
            code, version = await sampling.take_back(self._store, said, confirmed, version)
        await self._review.refuse(comment, code, version)
        return answer(await self._review.record(site, comment))

    async def _undo(self, act: Act, stands: list[dict[str, Any]]) -> None:
        *rest, undone = stands
        policy, _ = await self._policies.for_site(act.site)
        decided, appeal = undone["type"] == "decided", undone.get("appeal")
        by_four_eyes = policy.four_eyes and undone.get("decision") != Decision.HOLD
        restored = (decision_of(rest) or {}).get("decision", Decision.HOLD)
        code, version, within = await second_thoughts.undo(
            self._store,
            act,
            undone["version"],
            rest,
            was_decided=decided,
            only_within=decided and (by_four_eyes or appeal is not None),
            ttl_ms=self._review.text_ms(restored),
            weight_hours=policy.severity_hours,
            reopens=appeal,
        )
        if code == "too_late" and appeal:
            raise FourEyesError("the appeal is decided, and its author is told so by now")
        if code == "too_late":
            self._metrics.review_conflicts.labels("four_eyes").inc()
            raise FourEyesError("the policy wants another person, signed in, to change this")
        await self._review.refuse(act.comment, code, version)
        if code == "recorded":
            name = "bulk_undo" if act.batch else "undo"
            reporting.person_act(self._metrics, name, act, version, undoes=undone["version"])
        if code == "recorded" and decided:
            if not within:
                self._metrics.reversals.inc()
            await self._review.remember(await self._review.record(act.site, act.comment), restored)


def _says(
    site: str, person: Moderator, comment: str, version: int, decision: Decision
) -> PersonalDecision:
    return PersonalDecision(
        comment=comment,
        site=site,
        expected_version=version,
        decision=decision,
        actor_id=person.id,
        actor_name=person.name,
        via=PAGE,
        reason=None,
        note=None,
    )


def _act(site: str, person: Moderator, comment: str, version: int) -> Act:
    return Act(
        comment=comment,
        site=site,
        expected_version=version,
        actor_id=person.id,
        actor_name=person.name,
    )


def _is_mine(person: Moderator, batch: Batch | None, event: dict[str, Any]) -> bool:
    """Return whether an event is this person's and, for a batch that they name, one of it."""
    one_of = (event.get("batch") or {}).get("id")
    return _is_by(person, event) and (batch is None or one_of == batch.id)


def _is_by(person: Moderator, event: dict[str, Any]) -> bool:
    return bool((event.get("actor") or {}).get("id") == person.id)
