"""The policy editor: a draft is kept, dropped, or put to work.

What is applied is what was kept and shown with its difference, never what was just typed.
"""

from __future__ import annotations

from aiohttp import web

from moderation.domain.errors import ConflictError, InvalidError, NotFoundError
from moderation.store import drafts
from moderation.web.review.access.session import redirect
from moderation.web.review.policies.form import changeable, kept, not_done, page, sent, to_editor
from moderation.web.review.visit import visit

_GONE_ON = "The text was changed after it was kept. It is kept now, and nothing was applied."


async def editor(request: web.Request) -> web.Response:
    """Show the draft; where there is none, the current version to begin with."""
    here = visit(request)
    changeable(here)
    return await page(here)


async def save(request: web.Request) -> web.Response:
    """Keep the draft. Nothing else changes."""
    here, typed = sent(request)
    drafting, name = changeable(here)
    try:
        await kept(drafting, name, typed, here)
    except (ConflictError, InvalidError, NotFoundError) as refused:
        return await not_done(here, typed, refused)
    return to_editor(here)


async def apply(request: web.Request) -> web.Response:
    """Put the draft that was shown into force."""
    here, typed = sent(request)
    drafting, name = changeable(here)
    try:
        draft = await kept(drafting, name, typed, here)
        if draft.id != typed.seen:
            return await page(here, problem=_GONE_ON, status=409)
        await drafting.apply(
            draft, note=typed.note.strip(), unreplayed=bool(typed.unreplayed), by=here.actor()
        )
    except InvalidError as refused:
        return await not_done(here, typed, refused)
    except (ConflictError, NotFoundError) as refused:
        # What is sent again, because the answer was lost, hears the same answer.
        if not await drafting.made_of(name, typed.seen, typed.source):
            return await not_done(here, typed, refused)
    return redirect(f"/policies/{name}{here.of_site}")


async def drop(request: web.Request) -> web.Response:
    """Drop the draft that was shown."""
    here, typed = sent(request)
    drafting, name = changeable(here)
    try:
        await drafts.drop(drafting.store, name, typed.seen)
    except ConflictError as refused:
        return await not_done(here, typed, refused)
    return redirect(f"/policies/{name}{here.of_site}")
