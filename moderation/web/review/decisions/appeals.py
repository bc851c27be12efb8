"""What authors say against rejections, and what another moderator makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from moderation.services.appeals import Appeals
from moderation.web.query import Cursor, Name
from moderation.web.review.decisions.single import One, answered
from moderation.web.review.queries import Asked, asked
from moderation.web.review.text import rendered
from moderation.web.review.visit import Visit, posted, visit
from moderation.web.review.wording import ago, rejected, waiting_appeals


class _Query(Asked):
    site: Name | None = None
    cursor: Cursor | None = None


class _Decide(One):
    granted: bool
    note: Annotated[str, Field(min_length=1, max_length=1000)] | None = None


async def appeals(request: web.Request) -> web.Response:
    """Show the open appeals of a site, oldest first."""
    here, query = visit(request), asked(request, _Query)
    page, count = await Appeals(here.context.review).waiting(here.site, query.cursor)
    return here.page(
        "appeals.html",
        here="appeals",
        count=waiting_appeals(count),
        appeals=[_shown(here, item) for item in page.items],
        next=page.next,
    )


async def decide(request: web.Request) -> web.Response:
    """Record a decision on the appeal that the person read."""
    here, body = await posted(request, _Decide)
    return await answered(
        here,
        Appeals(here.context.review).decide(
            here.site, here.person, body.id, body.version, granted=body.granted, note=body.note
        ),
    )


def _shown(here: Visit, item: Mapping[str, Any]) -> dict[str, Any]:
    said = item["appeal"]
    labels = here.reject_labels
    return {
        "card": here.card(item),
        "statement": None if said["statement"] is None else rendered(said["statement"]),
        "made": ago(said["at"]),
        "at": said["at"],
        "rejected": rejected({**said, "reason": labels.get(said["reason"], said["reason"])}),
        "note": rendered(said["note"]) if said["note"] else None,
        "mine": said["rejected_by_id"] == here.person.id,
    }
