"""Lists: a site's decisions in order, what is pending, what is held, a comment's trail.

Cursors are opaque to callers: a position in an index, so that what is decided between two pages
moves nothing.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from typing import Any

from moderation.domain.comment import keyed_hash
from moderation.domain.errors import InvalidError, NotFoundError
from moderation.services.answers import answer, answer_at, timestamp
from moderation.store import outbox, reading
from moderation.store.store import Store

#: Dead letters of all sites that are looked through for those of one.
_DEAD_LETTERS = 10_000
_COMMENT_ID = re.compile(r"c_[0-9a-f]{32}")
_SHARD = re.compile(r"[0-9]{1,4}")
_VERSION = re.compile(r"[1-9][0-9]{0,14}")
_STREAM_ID = re.compile(r"[0-9]{1,18}-[0-9]{1,18}")
#: Beyond any index's score (milliseconds since the epoch are below); NaN is not below it either.
_SCORE_BOUND = 1e15

ORDERS = {"priority": "pri", "score": "scr", "age": "age"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFilter:
    """Which held comments: `author` is the site's own id of them; `label`, `reason` are codes."""

    article: str | None = None
    author: str | None = None
    label: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some answers, and the cursor for those behind them; None at the end of a held list."""

    items: list[dict[str, Any]]
    next: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The use case of one process."""

    store: Store

    async def decisions(self, site: str, cursor: str | None, limit: int) -> Page:
        """Return a site's decisions after a cursor, oldest first, each as it was decided then.

        The returned cursor is never None: what is decided next comes behind it.
        """
        after = {int(shard): str(sid) for shard, sid in _read(cursor, dict).items()}
        rows, position = await reading.read_feed(self.store, site, after, limit)
        events = await reading.read_events(self.store, rows)
        records = await reading.read(self.store, [comment for comment, _ in rows])
        items = [
            answer_at(comment, record.state, event)
            for (comment, _), event, record in zip(rows, events, records, strict=True)
            if record and event and event["type"] == "decided"
        ]
        return Page(items, _write({str(shard): sid for shard, sid in position.items()}))

    async def pending(self, site: str, cursor: str | None, limit: int) -> Page:
        """Return a site's comments without a decision, oldest first."""
        indexes = reading.pending_indexes(self.store, site)
        comments, position = await reading.page(self.store, indexes, _position(cursor), limit, [])
        records = await reading.read(self.store, comments)
        return Page([answer(record) for record in records if record], _write(position))

    async def held(
        self, site: str, order: str, wanted: HeldFilter, cursor: str | None, limit: int
    ) -> Page:
        """Return held comments with their texts. `order`: priority, score or age.

        An article's comments come by age. A page may be short while there is a next one: the scan
        of a rare match is bounded.
        """
        indexes = reading.held_indexes(self.store, site, ORDERS[order], wanted.article)
        conditions = [("why", code) for code in (wanted.label, wanted.reason) if code]
        if wanted.author is not None:
            author = keyed_hash(self.store.secret, "author", site, wanted.author)
            conditions.append(("aut", author))
        comments, position = await reading.page(
            self.store, indexes, _position(cursor), limit, conditions
        )
        records = await reading.read(self.store, comments, with_text=True)
        return Page([_with_text(record) for record in records if record], _write(position))

    async def history(self, site: str, comment: str) -> list[dict[str, Any]]:
        """Return a comment's audit trail, oldest first. Raises NotFoundError."""
        (record,) = await reading.read(self.store, [comment])
        if record is None or record.state["s"] != site:
            raise NotFoundError("no such comment")
        return [
            {**event, "at": timestamp(event["at"])}
            for event in await reading.trail(self.store, comment)
        ]

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


def _with_text(record: reading.Record) -> dict[str, Any]:
    """Return an answer with what a moderator reads; the author is a pseudonym."""
    said = record.submission
    shown = asdict(said) if said else {}
    fields = ("text", "text_format", "author", "context", "metadata")
    found = {**answer(record), **{name: shown.get(name) for name in fields}}
    return {**found, "language": found["language"] or shown.get("language")}


def _position(cursor: str | None) -> tuple[float, str] | None:
    raw = _read(cursor, list)
    if not raw:
        return None
    score, comment = raw
    return float(score), str(comment)


def _write(position: object) -> str | None:
    if position is None:
        return None
    raw = json.dumps(position, separators=(",", ":")).encode()
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _read(cursor: str | None, kind: type[dict[Any, Any]] | type[list[Any]]) -> Any:  # noqa: ANN401
    """Return what `_write` wrote; raises InvalidError for anything else."""
    if cursor is None:
        return kind()
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = json.loads(urlsafe_b64decode(padded.encode("ascii")))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise InvalidError("this cursor was not given out here") from error
    if not isinstance(position, kind) or not _plain(position):
        raise InvalidError("this cursor was not given out here")
    return position


def _plain(position: dict[Any, Any] | list[Any]) -> bool:
    """Return whether a decoded cursor has the shape of one: the store trusts what comes from it."""
    if isinstance(position, list):
        match position:
            case []:
                return True
            case [int() | float() as score, str() as comment] if not isinstance(score, bool):
                return abs(score) < _SCORE_BOUND and bool(_COMMENT_ID.fullmatch(comment))
        return False
    return all(
        _SHARD.fullmatch(shard) and isinstance(sid, str) and _STREAM_ID.fullmatch(sid)
        for shard, sid in position.items()
    )
