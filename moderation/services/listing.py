"""Lists: a site's decisions in order, what is pending, what is held, a comment's trail.

What is held is `held.py`'s, a person's own queue `reviewing.py`'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from moderation.domain.errors import NotFoundError
from moderation.services import cursors, held
from moderation.services.answers import answer, answer_at, timestamp
from moderation.services.held import HeldFilter, Page
from moderation.store import outbox, reading
from moderation.store.store import Store

__all__ = ["HeldFilter", "Listing", "Page"]

#: Dead letters of all sites that are looked through for those of one.
_DEAD_LETTERS = 10_000
_VERSION = re.compile(r"[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class Listing:
    """The use case of one process."""

    store: Store

    async def decisions(self, site: str, cursor: str | None, limit: int) -> Page:
        """Return a site's decisions after a cursor, oldest first, each as it was decided then.

        The returned cursor is never None: what is decided next comes behind it.
        """
        after = cursors.read_streams(cursor)
        rows, position = await reading.read_feed(self.store, site, after, limit)
        events = await reading.read_events(self.store, rows)
        records = await reading.read(self.store, [comment for comment, _ in rows])
        items = [
            answer_at(comment, record.state, event)
            for (comment, _), event, record in zip(rows, events, records, strict=True)
            if record and event and event["type"] == "decided"
        ]
        return Page(items, cursors.write({str(shard): sid for shard, sid in position.items()}))

    async def pending(self, site: str, cursor: str | None, limit: int) -> Page:
        """Return a site's comments without a decision, oldest first."""
        indexes = reading.pending_indexes(self.store, site)
        after = cursors.read_place(cursor)
        comments, position = await reading.page(self.store, indexes, after, limit, [])
        records = await reading.read(self.store, comments)
        return Page([answer(record) for record in records if record], cursors.write(position))

    async def held(
        self, site: str, order: str, wanted: HeldFilter, cursor: str | None, limit: int
    ) -> Page:
        """Return held comments with their texts. `order`: one of `held.ORDERS`.

        An article's comments come by age. A page may be short while there is a next one: the scan
        of a rare match is bounded.
        """
        comments, position = await reading.page(
            self.store,
            held.indexes(self.store, site, order, wanted),
            cursors.read_place(cursor),
            limit,
            held.conditions(self.store, site, wanted),
        )
        records = await reading.read(self.store, comments, with_text=True)
        return Page(
            [held.with_text(record) for record in records if record], cursors.write(position)
        )

    async def history(self, site: str, comment: str) -> list[dict[str, Any]]:
        """Return a comment's audit trail, oldest first. Raises NotFoundError."""
        (record,) = await reading.read(self.store, [comment])
        if record is None or record.state["s"] != site:
            raise NotFoundError("no such comment")
        return [_told(event) for event in await reading.trail(self.store, comment)]

    async def failed_callbacks(self, site: str, limit: int) -> list[dict[str, Any]]:
        """Return a site's callbacks that were given up, oldest first."""
        rows = await outbox.dead_letters(self.store, _DEAD_LETTERS)
        records = await reading.read(self.store, [comment for comment, *_ in rows])
        return [
            {"id": f"{comment}.{version}", "comment": comment, "version": version,
             "failed_at": timestamp(at)}
            for (comment, version, at), record in zip(rows, records, strict=True)
            if record and record.state["s"] == site
        ][:limit]  # fmt: skip

    async def retry_callback(self, site: str, callback: str) -> None:
        """Send a given-up callback again. Raises NotFoundError."""
        comment, _, version = callback.rpartition(".")
        if not comment or not _VERSION.fullmatch(version):
            raise NotFoundError("no such callback among those that failed")
        await outbox.send_again(self.store, comment, int(version), site)


def _told(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event with its times as callers read them."""
    told = {**event, "at": timestamp(event["at"])}
    if appeal := event.get("appeal"):
        told["appeal"] = {**appeal, "at": timestamp(appeal["at"])}
    return told
