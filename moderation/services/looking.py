"""What a moderator looks at without touching it: cards, an author, a thread, a comment by a name.

What many comments would match is bounded to the newest. Who may look is asked before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

from moderation.domain.comment import comment_id
from moderation.domain.errors import NotFoundError
from moderation.domain.people import Right
from moderation.services import held
from moderation.services.answers import timestamp
from moderation.store import intake, reading, sampling, surroundings
from moderation.store.reading import Record
from moderation.store.store import Store
from moderation.store.surroundings import AuthorRecord

#: The most that a search or a thread shows, the newest first.
_MOST = 50
_LAST = 5


class Moderator(Protocol):
    """Who is signed in."""

    @property
    def id(self) -> str:
        """Their id, as it stands in the audit trail."""

    @property
    def name(self) -> str:
        """Their name, as colleagues see it."""

    def may(self, right: Right) -> bool:
        """Return whether they may do something."""


class Looking:
    """The part of the use case that changes nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def shown(self, site: str, comments: Sequence[str]) -> list[dict[str, Any]]:
        """Return comments as cards, in order, without those that are not this site's."""
        records = await reading.read(self._store, list(comments), with_text=True)
        mine = [record for record in records if record and record.state["s"] == site]
        asked = [(one.id, int(one.state["esc"])) for one in mine if one.state.get("esc")]
        events = await reading.read_events(self._store, asked)
        escalated = {comment: event for (comment, _), event in zip(asked, events, strict=True)}
        return [_card(record, escalated.get(record.id)) for record in mine]

    async def author(
        self,
        site: str,
        person: Moderator,  # noqa: ARG002 - all who may look see the same
        comment: str,
    ) -> dict[str, Any]:
        """Return the record of a comment's author: counts, and their last five other comments.

        It is {posted, approved, rejected, share_rejected, last, notes}; the share is of what was
        decided, None where nothing was. `notes` {by, at, note} are what moderators noted on these
        comments, the latest first. Raises NotFoundError, StoreDownError.
        """
        state = (await self._found(site, comment)).state
        record, last = AuthorRecord(0, 0, 0), list[str]()
        if author := state.get("aut"):
            record = await surroundings.author_record(self._store, site, author)
            last = await surroundings.newest(self._store, "au", site, author, _LAST + 1)
        others = [one for one in last if one != comment][:_LAST]
        decided = record.approved + record.rejected
        return {
            **asdict(record),
            "share_rejected": record.rejected / decided if decided else None,
            "last": await self.shown(site, others),
            "notes": await self._notes([comment, *others]),
        }

    async def _notes(self, comments: Sequence[str]) -> list[dict[str, Any]]:
        trails = await reading.trails(self._store, comments)
        noted = [event for trail in trails for event in trail if event.get("note")]
        noted.sort(key=lambda event: event["at"], reverse=True)
        return [
            {
                "by": (event.get("actor") or {}).get("name"),
                "at": timestamp(event["at"]),
                "note": event["note"],
            }
            for event in noted[:_LAST]
        ]

    async def thread(self, site: str, comment: str) -> list[tuple[str, list[dict[str, Any]]]]:
        """Return the comments around one as cards, without itself, each in the first that fits.

        `parent`: what it answers; `siblings`: what else answers that; `answers`: what answers it;
        `article`: the newest of its article. Raises NotFoundError, StoreDownError.
        """
        record = await self._found(site, comment)
        state, said, kind = record.state, record.submission, dict[str, str]()
        parent = (said.context.parent_id if said else None) or ""
        for one in self._named(site, parent) if parent else []:
            kind.setdefault(one, "parent")
        answers = intake.parent_hash(self._store, site, state.get("x"))
        for name, index, hashed in (
            ("siblings", "th", state.get("par")),
            ("answers", "th", answers),
            ("article", "ar", state.get("art")),
        ):
            if hashed:
                newest = await surroundings.newest(self._store, index, site, hashed, _MOST)
                kind |= {one: kind.get(one, name) for one in newest}
        kind.pop(comment, None)
        cards = await self.shown(site, list(kind)[:_MOST])
        groups = ("parent", "siblings", "answers", "article")
        return [(name, [one for one in cards if kind[one["id"]] == name]) for name in groups]

    async def find(
        self,
        site: str,
        *,
        id: str | None = None,  # noqa: A002 - as the page and the answers call it
        external_id: str | None = None,
        author: str | None = None,
        article: str | None = None,
    ) -> list[dict[str, Any]]:
        """Return the comments that a name stands for as cards, at most the newest fifty.

        `external_id`, `author` and `article` are the site's own ids; an author's pseudonym does.
        """
        found = [id] if id else []
        if external_id:
            found += self._named(site, external_id)
        if author:
            for hashed in held.pseudonyms(self._store, site, author):
                found += await surroundings.newest(self._store, "au", site, hashed, _MOST)
        if article:
            hashed = held.article_hash(self._store, site, article)
            found += await surroundings.newest(self._store, "ar", site, hashed, _MOST)
        return await self.shown(site, list(dict.fromkeys(found)))

    def _named(self, site: str, external_id: str) -> list[str]:
        return [comment_id(self._store.secret, site, "external", external_id)]

    async def _found(self, site: str, comment: str) -> Record:
        (found,) = await reading.read(self._store, [comment], with_text=True)
        if found is None or found.state["s"] != site:
            raise NotFoundError("no such comment")
        return found


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
        "drawn": sampling.is_drawn(record),
    }
