"""A moderator at the queue: cards that are theirs for a moment, and what they do with them.

A claim is a courtesy; that nobody's decision is overwritten unseen is kept by the version it names.
Whether a person may do what they ask for here, is asked before: `domain/people.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from moderation.domain.decision import Decision
from moderation.domain.errors import ConflictError, FourEyesError
from moderation.domain.standing import decision_of, standing
from moderation.services import cursors, held, reporting
from moderation.services.answers import answer, timestamp
from moderation.services.held import HeldFilter, Page
from moderation.services.policies import PolicyBook
from moderation.services.review import Review
from moderation.settings import Settings
from moderation.store import claims, reading, second_thoughts
from moderation.store.decisions import PAGE, PersonalDecision
from moderation.store.reading import Condition, Record
from moderation.store.second_thoughts import Act
from moderation.store.store import Store
from moderation.telemetry import Metrics

#: How often a short page is filled up: others claimed first, or a filter matches rarely.
_ROUNDS = 20
_EVERYTHING = HeldFilter()


class Moderator(Protocol):
    """Who is signed in."""

    @property
    def id(self) -> str:
        """Their id, as it stands in the audit trail."""

    @property
    def name(self) -> str:
        """Their name, as colleagues see it."""


class Reviewing:
    """The use case of one process."""

    def __init__(
        self, store: Store, settings: Settings, policies: PolicyBook, metrics: Metrics
    ) -> None:
        self._store = store
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
        Raises InvalidError for a cursor from elsewhere, StoreDownError.
        """
        place = cursors.read_place(cursor)
        indexes = held.indexes(self._store, site, order, wanted)
        conditions = held.conditions(self._store, site, wanted, person.id)
        if claim:
            conditions.append(Condition("lp", "free", person.id))
        found: list[str] = []
        for _ in range(_ROUNDS):
            ids, place = await reading.page(
                self._store, indexes, place, count - len(found), conditions
            )
            found += await self._claimed(site, person, ids) if claim else ids
            if place is None or len(found) >= count:
                break
        return Page(await self.shown(site, found), cursors.write(place))

    async def _claimed(self, site: str, person: Moderator, ids: list[str]) -> list[str]:
        """Claim comments; return those that are now this person's, in order."""
        theirs = await claims.claim(self._store, site, person.id, ids, lease_ms=self._lease_ms)
        return [comment for comment in ids if comment in theirs]

    async def shown(self, site: str, comments: Sequence[str]) -> list[dict[str, Any]]:
        """Return comments as cards, in order, without those that are not this site's."""
        records = await reading.read(self._store, list(comments), with_text=True)
        mine = [record for record in records if record and record.state["s"] == site]
        asked = [(one.id, int(one.state["esc"])) for one in mine if one.state.get("esc")]
        events = await reading.read_events(self._store, asked)
        escalated = {comment: event for (comment, _), event in zip(asked, events, strict=True)}
        return [_card(record, escalated.get(record.id)) for record in mine]

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
    ) -> dict[str, Any]:
        """Record this person's decision and return the comment's answer; once, if asked again.

        Its callback is held back for a moment, in which `undo` can still stop it. Raises
        NotFoundError, StaleError with what happened meanwhile, StoreDownError.
        """
        said = PersonalDecision(
            comment=comment,
            site=site,
            expected_version=expected_version,
            decision=decision,
            actor_id=person.id,
            actor_name=person.name,
            via=PAGE,
            reason=reason,
            note=note,
        )
        return await self._review.decide(said, hold_back_s=self._hold_back_s)

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
        self, site: str, person: Moderator, comment: str, version: int
    ) -> dict[str, Any]:
        """Take back what this person did last with a comment; return its answer.

        `version` is that of their decision or escalation, which must be what stands. Its callback
        is not sent if it was not tried yet; else a new one tells how the comment stands again.
        Raises NotFoundError, StaleError, FourEyesError, StoreDownError.
        """
        await self._review.record(site, comment)
        trail = await reading.trail(self._store, comment)
        if trail[-1].get("undoes") == version and _is_by(person, trail[-1]):
            return answer(await self._review.record(site, comment))
        stands = standing(trail)
        if not stands or stands[-1]["version"] != version or not _is_by(person, stands[-1]):
            await self._review.refuse(comment, "stale", trail[-1]["version"])
        act = _act(site, person, comment, trail[-1]["version"])
        await self._undo(act, stands)
        return answer(await self._review.record(site, comment))

    async def _undo(self, act: Act, stands: list[dict[str, Any]]) -> None:
        *rest, undone = stands
        policy, _ = await self._policies.for_site(act.site)
        decided = undone["type"] == "decided"
        restored = (decision_of(rest) or {}).get("decision", Decision.HOLD)
        code, version, within = await second_thoughts.undo(
            self._store,
            act,
            undone["version"],
            rest,
            was_decided=decided,
            only_within=decided and policy.four_eyes and undone["decision"] != Decision.HOLD,
            ttl_ms=self._review.text_ms(restored),
            weight_hours=policy.severity_hours,
        )
        if code == "too_late":
            self._metrics.review_conflicts.labels("four_eyes").inc()
            raise FourEyesError("the policy wants another person, signed in, to change this")
        await self._review.refuse(act.comment, code, version)
        if code == "recorded":
            reporting.person_act(self._metrics, "undo", act, version, undoes=undone["version"])
        if code == "recorded" and decided:
            if not within:
                self._metrics.reversals.inc()
            await self._review.remember(await self._review.record(act.site, act.comment), restored)


def _act(site: str, person: Moderator, comment: str, version: int) -> Act:
    return Act(
        comment=comment,
        site=site,
        expected_version=version,
        actor_id=person.id,
        actor_name=person.name,
    )


def _is_by(person: Moderator, event: dict[str, Any]) -> bool:
    return bool((event.get("actor") or {}).get("id") == person.id)


def _card(record: Record, escalation: dict[str, Any] | None) -> dict[str, Any]:
    state = record.state
    until = state.get("lu")
    actor = (escalation or {}).get("actor") or {}
    return {
        **held.with_text(record),
        "claimed_by": state.get("lp"),
        "claimed_until": timestamp(int(until)) if until else None,
        "escalation": {
            "by": actor.get("name"),
            "note": escalation.get("note"),
            "at": timestamp(escalation["at"]),
        }
        if escalation
        else None,
        "author_pseudonym": state.get("aut") or None,
    }
