"""A site's decisions of a time, in order, for those who keep or examine them elsewhere.

Read in pages, so that however many there are, few are in memory. No text of a comment is in it, no
moderator's note and no matched word; of people, who decided.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from moderation.domain.decision import Decision
from moderation.domain.errors import InvalidError
from moderation.services.answers import answer_at
from moderation.services.statements import statement_at
from moderation.settings import Settings
from moderation.store import reading
from moderation.store.store import Store

_PAGE = 500
_LAST_OF_MS = 2**64 - 1  # the highest sequence number of a stream's millisecond
#: What an answer says that a row does too.
_OF_ANSWER = (
    "id", "external_id", "revision", "version", "status", "decision", "decided_by", "decided_at",
    "received_at", "scores", "policy", "model", "language", "appeal",
)  # fmt: skip
_OF_REASON = ("code", "label", "score", "threshold")


@dataclass(frozen=True, slots=True)
class Span:
    """A time in milliseconds since 1970: from `since` on, before `until`."""

    since: int
    until: int


def span(since: str | None, until: str | None) -> Span:
    """Return the time between two days (both counted in, UTC) or moments (RFC 3339).

    None: since the first, until now. Raises InvalidError.
    """
    now = round(time.time() * 1000) + 1
    found = Span(_moment(since, 0) if since else 0, _moment(until, 1) if until else now)
    if found.since >= found.until:
        raise InvalidError("the time ends before it begins")
    return found


def _moment(said: str, days_on: int) -> int:
    try:
        day = date.fromisoformat(said) + timedelta(days=days_on)
        found = datetime(day.year, day.month, day.day, tzinfo=UTC)
    except (ValueError, OverflowError):
        try:
            found = datetime.fromisoformat(said)
        except ValueError:
            found = None
    if found is None or found.tzinfo is None or found.year < 1970:  # noqa: PLR2004
        raise InvalidError("a time is a day (2026-01-31) or a moment (2026-01-31T12:00:00Z)")
    return round(found.timestamp() * 1000)


async def decisions(
    store: Store, settings: Settings, site: str, within: Span, *, statements: bool = False
) -> AsyncGenerator[list[dict[str, Any]]]:
    """Yield a site's decisions of a time, oldest first, in pages.

    Each is a comment's answer as it was decided then, without its text's hash, with `by` (who: id,
    name and via, None for a machine), `reasons` (code, label, score, threshold), `batch`, `undoes`
    and, where `statements` are asked for, `statement` of those that rejected. Raises
    StoreDownError.

    The feed is read to its end: between primaries whose clocks differ, and after a failover, what
    is later in it may have been decided earlier.
    """
    before = f"{within.since - 1}-{_LAST_OF_MS}"
    place = dict.fromkeys(range(store.shards), before) if within.since else {}
    while True:
        rows, place = await reading.read_feed(store, site, place, _PAGE)
        events = await reading.read_events(store, rows)
        records = await reading.read(store, [comment for comment, _ in rows])
        found = list[dict[str, Any]]()
        for (comment, _), event, record in zip(rows, events, records, strict=True):
            if not (record and event and event["type"] == "decided"):
                continue  # its record is kept no longer
            if within.since <= event["at"] < within.until:
                found.append(_row(answer_at(comment, record.state, event), event))
        if statements:
            await _add_statements(store, settings, found)
        if found:
            yield found
        if len(rows) < _PAGE:
            return


def _row(answer: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: answer[name] for name in _OF_ANSWER},
        "reasons": [{name: one.get(name) for name in _OF_REASON} for one in answer["reasons"]],
        "by": event.get("actor"),
        "batch": event.get("batch"),
        "undoes": event.get("undoes"),
    }


async def _add_statements(store: Store, settings: Settings, rows: Sequence[dict[str, Any]]) -> None:
    rejected = [row for row in rows if row["decision"] == Decision.REJECT]
    trails = await reading.trails(store, [row["id"] for row in rejected])
    for row in rows:
        row["statement"] = None
    for row, trail in zip(rejected, trails, strict=True):
        row["statement"] = statement_at(settings, row["id"], trail, row["version"])
