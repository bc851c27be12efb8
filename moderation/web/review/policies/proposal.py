"""A draft that is made of something: of an earlier version, or of what the insights advise."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from moderation.domain.errors import ConflictError
from moderation.domain.policy import Policy
from moderation.store import drafts, policies
from moderation.web.problems import Problem
from moderation.web.review.access.session import fields
from moderation.web.review.policies import versions
from moderation.web.review.policies.form import Typed, changeable, kept, not_done, page, to_editor
from moderation.web.review.records.log_wording import moment
from moderation.web.review.visit import Visit, visit
from moderation.web.validation import validated


class Back(BaseModel):
    """Which version to go back to."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    version: int = Field(ge=1, lt=10**9)


async def back(request: web.Request) -> web.Response:
    """Make a draft with the content of an earlier version."""
    here, wanted = visit(request), validated(Back, dict(fields(request)))
    drafting, name = changeable(here)
    return await propose(here, await policies.version(drafting.store, name, wanted.version))


async def propose(here: Visit, policy: Policy) -> web.Response:
    """Lead to the editor with a draft of this content; one that is there already is kept.

    Raises Problem, NotFoundError.
    """
    drafting, name = versions.drafting_of(here), policy.name
    if not drafting.may_change(here.person, name):
        raise Problem("forbidden", "this policy decides for sites that your account does not see")
    _, current = await policies.current(drafting.store, name)
    there = await drafts.find(drafting.store, name)
    made = Typed(source=policy.as_toml(), began_from=current, seen=there.id if there else "")
    if there and there.source != made.source:
        news = f"{there.by} keeps another draft since {moment(there.at)}"
        return await page(here, name, typed=made, problem=f"{news}. Saving this one replaces it.")
    try:
        await kept(drafting, name, made, here)
    except ConflictError as refused:
        return await not_done(here, made, refused, name)
    return to_editor(here, name=name)
