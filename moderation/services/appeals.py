"""Appeals: an author's words against a rejection, and another moderator's decision on them.

The words are kept beside the comment's text and shown to people who decide; they are in no event,
no answer and no log.
"""

from __future__ import annotations

from typing import Any

import structlog

from moderation.domain.appeals import (
    Appeal,
    appealable,
    ask_for_another,
    open_appeal,
    rejection,
)
from moderation.domain.decision import Decision
from moderation.domain.errors import NotAppealableError, NotFoundError, StaleError
from moderation.services import cursors
from moderation.services.answers import answer, timestamp
from moderation.services.held import Page
from moderation.services.looking import Looking, Moderator
from moderation.services.review import Review
from moderation.store import appeals, reading
from moderation.store.appeals import NewAppeal
from moderation.store.decisions import PAGE, PersonalDecision

log = structlog.get_logger("moderation.decision")


class Appeals(Looking):
    """The use case of one process."""

    def __init__(self, review: Review) -> None:
        super().__init__(review.store)
        self._most = review.settings.queue.max_appeals
        self._idempotency_s = round(review.settings.retention.idempotency_h * 3600)
        self._hold_back_s = review.settings.review.hold_back_s
        self._review = review
        self._metrics = review.metrics

    async def submit(self, new: NewAppeal) -> dict[str, Any]:
        """Keep an appeal and return the comment's answer; the same one again is kept once.

        Raises NotFoundError, NotAppealableError, ConflictError, SiteOverloadedError,
        StoreDownError.
        """
        while True:
            await self._review.record(new.site, new.comment)
            trail = await reading.trail(self._store, new.comment)
            if not trail:
                raise NotFoundError("no such comment")
            refusal: NotAppealableError | None = None
            try:
                appealable(trail)
            except NotAppealableError as error:
                refusal = error
            code = await appeals.keep(
                self._store,
                new,
                trail[-1]["version"],
                appealable=refusal is None,
                most=self._most,
                idempotency_s=self._idempotency_s,
            )
            if code == "refused" and refusal:
                raise refusal
            if code != "changed":
                break
        if code == "appealed":
            self._metrics.appeals.labels("received").inc()
            log.info("appealed", comment=new.comment, site=new.site, via=new.via)
        return answer(await self._review.record(new.site, new.comment))

    async def waiting(
        self, site: str, cursor: str | None = None, count: int = 20
    ) -> tuple[Page, int]:
        """Return the open appeals, oldest first, and how many there are.

        Each is a card with `appeal`: {version, at, statement, rejected_by, rejected_by_id,
        rejected_at, reason, note}. Raises InvalidError for a cursor from elsewhere, StoreDownError.
        """
        indexes = reading.held_indexes(self._store, site, appeals.ORDER, None)
        place = cursors.read_place(cursor)
        ids, place = await reading.page(self._store, indexes, place, count, [])
        told = dict(zip(ids, await appeals.read(self._store, ids), strict=True))
        cards = []
        for card in await self.shown(site, ids):
            statement, trail = told[card["id"]]
            made, against = open_appeal(trail), rejection(trail)
            if made and against:  # else it was decided or erased in this moment
                cards.append({**card, "appeal": _told(statement, made, against)})
        waiting, _ = await appeals.figures(self._store, site)
        return Page(cards, cursors.write(place)), waiting

    async def decide(
        self,
        site: str,
        person: Moderator,
        comment: str,
        expected_version: int,
        *,
        granted: bool,
        note: str | None = None,
    ) -> dict[str, Any]:
        """Decide the open appeal on a comment and return its answer; once, if asked again.

        Granted, the comment is approved; upheld, it stays rejected for the same reason, now by this
        person. Its callback is held back for a moment, in which `Reviewing.undo` opens the appeal
        again. Raises NotFoundError, StaleError, FourEyesError for who rejected it, StoreDownError.
        """
        await self._review.record(site, comment)
        trail = await reading.trail(self._store, comment)
        seen = [event for event in trail if event["version"] <= expected_version]
        made, against = open_appeal(seen), rejection(seen)
        if made is None or against is None:
            raise StaleError(trail[-1] if trail else {"version": expected_version})
        ask_for_another(person.id, against)
        return await self._review.decide(
            PersonalDecision(
                comment=comment,
                site=site,
                expected_version=expected_version,
                decision=Decision.APPROVE if granted else Decision.REJECT,
                actor_id=person.id,
                actor_name=person.name,
                via=PAGE,
                reason=None if granted else _label(against),
                note=note,
                appeal=Appeal("granted" if granted else "upheld", made.version, made.at),
            ),
            hold_back_s=self._hold_back_s,
        )


def _told(statement: str | None, made: Appeal, against: dict[str, Any]) -> dict[str, Any]:
    actor = against.get("actor") or {}
    return {
        "version": made.version,
        "at": timestamp(made.at),
        "statement": statement,
        "rejected_by": actor.get("name") or actor.get("id"),
        "rejected_by_id": actor.get("id"),
        "rejected_at": timestamp(against["at"]),
        "reason": _label(against),
        "note": against.get("note"),
    }


def _label(rejection: dict[str, Any]) -> str | None:
    """Return the reason that a person gave; an erased comment's is gone."""
    return next((reason.get("label") for reason in rejection.get("reasons") or []), None)
