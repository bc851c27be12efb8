"""The form of a draft: what somebody typed, how it is kept, and the page that shows it.

One form holds the text and every button, so that none of them loses what was typed; it needs no
script.
"""

from __future__ import annotations

from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, field_validator

from moderation.domain.errors import InvalidError
from moderation.services.drafting import MOST_NOTE, Drafting, check
from moderation.services.replaying import Replaying
from moderation.store import drafts, policies
from moderation.store.drafts import Draft
from moderation.web.problems import Problem
from moderation.web.review.access.session import fields, redirect
from moderation.web.review.policies import versions
from moderation.web.review.records.log_wording import moment
from moderation.web.review.visit import Visit, seen, visit
from moderation.web.review.wording import sentence
from moderation.web.validation import validated

REPLAYING: web.AppKey[Replaying] = web.AppKey("replaying", Replaying)


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


def sent(request: web.Request) -> tuple[Visit, Typed]:
    """Return the visit and what its form held. Raises Problem."""
    return visit(request), validated(Typed, dict(fields(request)))


def changeable(here: Visit) -> tuple[Drafting, str]:
    """Return the use case and the policy's name. Raises Problem for who may not change it."""
    drafting, name = versions.seen(here)
    if not drafting.may_change(here.person, name):
        raise Problem("forbidden", "this policy decides for sites that your account does not see")
    return drafting, name


def to_editor(here: Visit, place: str = "", name: str | None = None) -> web.Response:
    """Lead to the editor of a policy, at a place of the page."""
    chosen = name or here.request.match_info["name"]
    return redirect(f"/policies/{chosen}/draft{here.of_site}{place}")


async def kept(drafting: Drafting, name: str, typed: Typed, here: Visit) -> Draft:
    """Return the draft with what was typed: the one that was shown, where nothing was changed."""
    began_from = typed.follow or typed.began_from
    there = await drafts.find(drafting.store, name)
    same = (typed.seen, typed.source, began_from)
    if there and (there.id, there.source, there.began_from) == same:
        return there
    return await drafting.keep(
        name, typed.source, began_from=began_from, seen=typed.seen, by=here.actor()
    )


async def not_done(
    here: Visit, typed: Typed, refused: Exception, name: str | None = None
) -> web.Response:
    """Show the editor again with what was typed, and why nothing came of it."""
    status = 422 if isinstance(refused, InvalidError) else 409
    said = f"{sentence(str(refused))}. Nothing was changed."
    return await page(here, name, typed=typed, problem=said, status=status)


async def page(
    here: Visit,
    name: str | None = None,
    *,
    typed: Typed | None = None,
    problem: str | None = None,
    status: int = 200,
) -> web.Response:
    """Show the editor: with the draft, or with what was typed and why nothing came of it."""
    drafting, name = versions.drafting_of(here), name or here.request.match_info["name"]
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
        differs=await versions.changes(current.as_toml(), after),
        kept_differs=await versions.changes(draft.source, source) if draft else [],
        most_note=MOST_NOTE,
        **await replay_state(here, name, draft),
    )


async def replay_state(here: Visit, name: str, draft: Draft | None) -> dict[str, Any]:
    """Return what is known of the last replay, and whether it was of this draft.

    Of one over a site that the reader doesn't see, that it was: `unseen`, and nothing more.
    """
    told = await here.request.app[REPLAYING].find(name)
    policy = check(name, draft.source).policy if draft else None
    same = bool(told and policy and told.digest == policy.digest())
    counts = bool(policy and versions.drafting_of(here).counts(told, policy))
    if told and told.site not in seen(here.context, here.person):
        return {"told": None, "unseen": told.state, "replayed": False}
    return {"told": told, "same": same, "replayed": counts}


async def _news(drafting: Drafting, name: str, began_from: int, version: int) -> Any:  # noqa: ANN401
    """Return what was applied since a draft began, None for nothing."""
    if began_from == version:
        return None
    entry = (await drafting.applied(name, [version])).get(version)
    return {
        "by": entry["actor"]["name"] if entry else "somebody",
        "when": moment(entry["at"]) if entry else None,
        "differs": await versions.between(drafting.store, name, began_from, version),
    }
