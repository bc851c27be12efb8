"""What a draft would have decided: its replay is begun, ended and looked at."""

from __future__ import annotations

from aiohttp import web

from moderation.domain.errors import ConflictError, InvalidError, NotFoundError, OverloadedError
from moderation.services.drafting import check
from moderation.store import drafts
from moderation.web.problems import Problem
from moderation.web.review.policies.form import (
    REPLAYING,
    changeable,
    kept,
    not_done,
    page,
    replay_state,
    sent,
    to_editor,
)
from moderation.web.review.visit import seen, visit

_BUSY = "Another replay is running here; wait for it or end it first."
_FAULTY = "The draft has faults, so nothing was replayed."


async def start(request: web.Request) -> web.Response:
    """Keep the draft and begin to replay it."""
    here, typed = sent(request)
    drafting, name = changeable(here)
    site = typed.over or here.site
    if site not in seen(here.context, here.person):
        raise Problem("not-found", "no such site for you")
    try:
        draft = await kept(drafting, name, typed, here)
    except (ConflictError, InvalidError, NotFoundError) as refused:
        return await not_done(here, typed, refused)
    found = check(name, draft.source).policy
    if found is None:
        return await page(here, problem=_FAULTY, status=422)
    try:
        await request.app[REPLAYING].start(found, site, here.person.name)
    except OverloadedError:
        return await page(here, problem=_BUSY, status=409)
    return to_editor(here, "#replay")


async def cancel(request: web.Request) -> web.Response:
    """End the replay; what was typed meanwhile stays."""
    here, typed = sent(request)
    _, name = changeable(here)
    await request.app[REPLAYING].cancel(name)
    return await page(here, typed=typed)


async def progress(request: web.Request) -> web.Response:
    """Return how far the replay came, or what it found, for the page to show."""
    here = visit(request)
    drafting, name = changeable(here)
    draft = await drafts.find(drafting.store, name)
    return here.page("replay.html", name=name, **await replay_state(here, name, draft))
