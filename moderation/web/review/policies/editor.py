"""The policy editor: a draft, what it changes, what it would have decided, and putting it to work.

One form holds the text and every button, so that none of them loses what was typed; it needs no
script. What is applied is what was kept and shown with its difference, never what was just typed.
"""

from __future__ import annotations

from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, field_validator

from moderation.domain.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    OverloadedError,
)
from moderation.domain.policy import Policy
from moderation.services.drafting import MOST_NOTE, Drafting, check
from moderation.services.replaying import Replaying
from moderation.store import drafts, policies
from moderation.store.drafts import Draft
from moderation.web.problems import Problem
from moderation.web.review.access.session import fields, redirect
from moderation.web.review.policies import versions as pages
from moderation.web.review.records.log_wording import moment
from moderation.web.review.visit import Visit, seen, visit
from moderation.web.review.wording import sentence
from moderation.web.validation import validated

REPLAYING: web.AppKey[Replaying] = web.AppKey("replaying", Replaying)
_GONE_ON = "The text was changed after it was kept. It is kept now, and nothing was applied."
_BUSY = "Another replay is running here; wait for it or end it first."
_FAULTY = "The draft has faults, so nothing was replayed."


class Typed(BaseModel):
    """What the editor's form holds. `seen`: the draft that it showed, empty for none."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    source: str
    seen: str = Field("", pattern=r"^[0-9a-f]{0,16}$")
    began_from: int = Field(ge=1, lt=10**9)
    follow: int | None = Field(None, ge=1, lt=10**9)
    over: str = Field("", max_length=512)
    note: str = ""
    unreplayed: Literal["", "1"] = ""

    @field_validator("source")
    @classmethod
    def _lines(cls, source: str) -> str:
        return source.replace("\r\n", "\n")  # as forms end them


async def editor(request: web.Request) -> web.Response:
    """Show the draft; where there is none, the current version to begin with."""
    here = visit(request)
    _change(here)
    return await _page(here)


async def save(request: web.Request) -> web.Response:
    """Keep the draft. Nothing else changes."""
    here, typed = _sent(request)
    drafting, name = _change(here)
    try:
        await _kept(drafting, name, typed, here)
    except (ConflictError, InvalidError, NotFoundError) as refused:
        return await _refused(here, typed, refused)
    return _to_editor(here)


async def replay(request: web.Request) -> web.Response:
    """Keep the draft and begin to replay it."""
    here, typed = _sent(request)
    drafting, name = _change(here)
    site = typed.over or here.site
    if site not in seen(here.context, here.person):
        raise Problem("not-found", "no such site for you")
    try:
        draft = await _kept(drafting, name, typed, here)
    except (ConflictError, InvalidError, NotFoundError) as refused:
        return await _refused(here, typed, refused)
    found = check(name, draft.source).policy
    if found is None:
        return await _page(here, problem=_FAULTY, status=422)
    try:
        await request.app[REPLAYING].start(found, site, here.person.name)
    except OverloadedError:
        return await _page(here, problem=_BUSY, status=409)
    return _to_editor(here, "#replay")


async def cancel(request: web.Request) -> web.Response:
    """End the replay; what was typed meanwhile stays."""
    here, typed = _sent(request)
    _, name = _change(here)
    await request.app[REPLAYING].cancel(name)
    return await _page(here, typed=typed)


async def progress(request: web.Request) -> web.Response:
    """Return how far the replay came, or what it found, for the page to show."""
    here = visit(request)
    drafting, name = _change(here)
    draft = await drafts.find(drafting.store, name)
    return here.page("replay.html", name=name, **await _replay(here, name, draft))


async def apply(request: web.Request) -> web.Response:
    """Put the draft that was shown into force."""
    here, typed = _sent(request)
    drafting, name = _change(here)
    try:
        draft = await _kept(drafting, name, typed, here)
        if draft.id != typed.seen:
            return await _page(here, problem=_GONE_ON, status=409)
        await drafting.apply(
            draft, note=typed.note.strip(), unreplayed=bool(typed.unreplayed), by=here.actor()
        )
    except InvalidError as refused:
        return await _refused(here, typed, refused)
    except (ConflictError, NotFoundError) as refused:
        # What is sent again, because the answer was lost, hears the same answer.
        if not await drafting.made_of(name, typed.seen, typed.source):
            return await _refused(here, typed, refused)
    return redirect(f"/policies/{name}{here.of_site}")


async def drop(request: web.Request) -> web.Response:
    """Drop the draft that was shown."""
    here, typed = _sent(request)
    drafting, name = _change(here)
    try:
        await drafts.drop(drafting.store, name, typed.seen)
    except ConflictError as refused:
        return await _refused(here, typed, refused)
    return redirect(f"/policies/{name}{here.of_site}")


class Back(BaseModel):
    """Which version to go back to."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    version: int = Field(ge=1, lt=10**9)


async def back(request: web.Request) -> web.Response:
    """Make a draft with the content of an earlier version."""
    here, wanted = visit(request), validated(Back, dict(fields(request)))
    drafting, name = _change(here)
    return await propose(here, await policies.version(drafting.store, name, wanted.version))


async def propose(here: Visit, policy: Policy) -> web.Response:
    """Lead to the editor with a draft of this content; one that is there already is kept.

    Raises Problem, NotFoundError.
    """
    drafting, name = pages.drafting_of(here), policy.name
    if not drafting.may_change(here.person, name):
        raise Problem("forbidden", "this policy decides for sites that your account does not see")
    _, current = await policies.current(drafting.store, name)
    there = await drafts.find(drafting.store, name)
    made = Typed(source=policy.as_toml(), began_from=current, seen=there.id if there else "")
    if there and there.source != made.source:
        kept = f"{there.by} keeps another draft since {moment(there.at)}"
        return await _page(here, name, typed=made, problem=f"{kept}. Saving this one replaces it.")
    try:
        await _kept(drafting, name, made, here)
    except ConflictError as refused:
        return await _refused(here, made, refused, name)
    return _to_editor(here, name=name)


def _sent(request: web.Request) -> tuple[Visit, Typed]:
    return visit(request), validated(Typed, dict(fields(request)))


def _change(here: Visit) -> tuple[Drafting, str]:
    """Return the use case and the policy's name. Raises Problem for who may not change it."""
    drafting, name = pages.seen(here)
    if not drafting.may_change(here.person, name):
        raise Problem("forbidden", "this policy decides for sites that your account does not see")
    return drafting, name


def _to_editor(here: Visit, place: str = "", name: str | None = None) -> web.Response:
    chosen = name or here.request.match_info["name"]
    return redirect(f"/policies/{chosen}/draft{here.of_site}{place}")


async def _kept(drafting: Drafting, name: str, typed: Typed, here: Visit) -> Draft:
    """Return the draft with what was typed: the one that was shown, where nothing was changed."""
    began_from = typed.follow or typed.began_from
    there = await drafts.find(drafting.store, name)
    same = (typed.seen, typed.source, began_from)
    if there and (there.id, there.source, there.began_from) == same:
        return there
    return await drafting.keep(
        name, typed.source, began_from=began_from, seen=typed.seen, by=here.actor()
    )


async def _refused(
    here: Visit, typed: Typed, refused: Exception, name: str | None = None
) -> web.Response:
    """Show the editor again with what was typed, and why nothing came of it."""
    status = 422 if isinstance(refused, InvalidError) else 409
    said = f"{sentence(str(refused))}. Nothing was changed."
    return await _page(here, name, typed=typed, problem=said, status=status)


async def _page(
    here: Visit,
    name: str | None = None,
    *,
    typed: Typed | None = None,
    problem: str | None = None,
    status: int = 200,
) -> web.Response:
    drafting, name = pages.drafting_of(here), name or here.request.match_info["name"]
    current, version = await policies.current(drafting.store, name)
    draft = await drafts.find(drafting.store, name)
    shown = typed or draft
    source = shown.source if shown else current.as_toml()
    began_from = shown.began_from if shown else version
    found = check(name, source)
    after = found.policy.as_toml() if found.policy else source
    return here.page(
        "draft.html",
        status=status,
        here="policies",
        name=name,
        sites_of=drafting.sites_of(name),
        version=version,
        draft=draft,
        kept=moment(draft.at) if draft else None,
        source=source,
        began_from=began_from,
        typed=typed,
        problem=problem,
        found=found,
        news=await _news(drafting, name, began_from, version),
        differs=await pages.changes(current.as_toml(), after),
        kept_differs=await pages.changes(draft.source, source) if draft else [],
        most_note=MOST_NOTE,
        **await _replay(here, name, draft),
    )


async def _news(drafting: Drafting, name: str, began_from: int, version: int) -> Any:  # noqa: ANN401
    """Return what was applied since a draft began, None for nothing."""
    if began_from == version:
        return None
    entry = (await drafting.applied(name, [version])).get(version)
    return {
        "by": entry["actor"]["name"] if entry else "somebody",
        "when": moment(entry["at"]) if entry else None,
        "differs": await pages.between(drafting.store, name, began_from, version),
    }


async def _replay(here: Visit, name: str, draft: Draft | None) -> dict[str, Any]:
    """Return what is known of the last replay, and whether it was of this draft.

    Of one over a site that the reader doesn't see, that it was: `unseen`, and nothing more.
    """
    told = await here.request.app[REPLAYING].find(name)
    policy = check(name, draft.source).policy if draft else None
    same = bool(told and policy and told.digest == policy.digest())
    counts = bool(policy and pages.drafting_of(here).counts(told, policy))
    if told and told.site not in seen(here.context, here.person):
        return {"told": None, "unseen": told.state, "replayed": False}
    return {"told": told, "same": same, "replayed": counts}
