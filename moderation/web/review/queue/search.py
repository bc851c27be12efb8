"""The search: by an id that a comment, an author or an article has, or by words in what is held.

What is looked for comes in a body, so that no address, log or history has it.
"""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from moderation.domain.people import Right
from moderation.domain.sought import SHORTEST
from moderation.web.problems import Problem
from moderation.web.query import Cursor, Name
from moderation.web.review.visit import Body, Visit, posted, visit
from moderation.web.review.wording import searched

_LONGEST = 200


class _Search(Body):
    id: Name | None = None
    external_id: Name | None = None
    author: Name | None = None
    article: Name | None = None
    text: Annotated[str, Field(min_length=SHORTEST, max_length=_LONGEST)] | None = None
    cursor: Cursor | None = None


async def form(request: web.Request) -> web.Response:
    """Show the search; what is looked for comes in a POST."""
    return visit(request).page("search.html", here="search")


async def found(request: web.Request) -> web.Response:
    """Return the comments that one id names, or the held ones that have a text in them."""
    here, body = await posted(request, _Search)
    wanted = body.model_dump(exclude={"site", "cursor"}, exclude_none=True)
    if len(wanted) != 1 or (body.cursor and not body.text):
        raise Problem("bad-request", "a search has one field")
    if body.text is not None:
        return await _by_text(here, body.text, body.cursor)
    named = await here.context.reviewing.find(here.site, **wanted)
    return here.page("found.html", cards=[here.card(one) for one in named])


async def _by_text(here: Visit, text: str, cursor: str | None) -> web.Response:
    some = await here.context.reviewing.search(
        here.site, text, escalated=here.person.may(Right.ESCALATED), cursor=cursor
    )
    return here.page(
        "found.html",
        cards=[here.card(one, marks=places) for one, places in some.cards],
        searched=searched(some.looked, some.held),
        next=some.next,
    )
