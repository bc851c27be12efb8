"""Statements of reasons for what stands rejected, as the settings say what each reason means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moderation.domain.errors import NotFoundError
from moderation.domain.grounds import Grounds
from moderation.domain.statement import restriction, statement
from moderation.settings import Settings
from moderation.store import reading
from moderation.store.store import Store


def known_grounds(settings: Settings) -> Mapping[str, Grounds]:
    """Return what the configured reasons for rejecting mean, by code."""
    return {reason.code: reason.grounds() for reason in settings.review.reject_reasons}


async def standing_statement(
    store: Store, settings: Settings, site: str, comment: str
) -> dict[str, Any]:
    """Return the statement of reasons for a comment that stands rejected.

    Raises NotFoundError where there is no such comment or it is not rejected, StoreDownError.
    """
    (record,) = await reading.read(store, [comment])
    if record is None or record.state["s"] != site:
        raise NotFoundError("no such comment")
    trail = await reading.trail(store, comment)
    territory = settings.review.territorial_scope
    made = statement(comment, trail, known_grounds(settings), territory)
    if made is None:
        raise NotFoundError("this comment is not rejected, so there is no statement of reasons")
    return made


def statement_at(
    settings: Settings, comment: str, trail: Sequence[dict[str, Any]], version: int
) -> dict[str, Any] | None:
    """Return the statement for the rejection with a version, as it was then.

    None where that event rejected nothing anew (an appeal upheld, an undo), and where who rejected
    it took that back.
    """
    if any(event.get("undoes") == version for event in trail):
        return None
    then = trail[:version]
    event = restriction(then)
    if event is None or event["version"] != version:
        return None
    territory = settings.review.territorial_scope
    return statement(comment, then, known_grounds(settings), territory)
