"""Policies as pages: which decide for which sites, their versions, and what changed between two."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from markupsafe import Markup
from pydantic import Field

from moderation.domain.difference import Line, difference
from moderation.services.drafting import Drafting
from moderation.store import drafts, policies
from moderation.store.store import Store
from moderation.web.problems import Problem
from moderation.web.review.queries import Asked, asked
from moderation.web.review.records.log_wording import moment
from moderation.web.review.text import rendered
from moderation.web.review.visit import Visit, visit

#: Versions that are listed at once.
_MOST = 50


class PolicyQuery(Asked):
    """What stands behind the `?`: numbers of versions."""

    version: int | None = Field(None, ge=1, lt=10**9)
    since: int | None = Field(None, ge=1, lt=10**9)
    until: int | None = Field(None, ge=1, lt=10**9)
    below: int | None = Field(None, ge=2, lt=10**9)


@dataclass(frozen=True, slots=True)
class Version:
    """One version as it is listed; without `when` the log no longer tells."""

    number: int
    by: str
    via: str
    when: str
    note: Markup
    replayed: bool | None


async def listed(request: web.Request) -> web.Response:
    """Show the policies that somebody may see."""
    here = visit(request)
    drafting = drafting_of(here)
    found = [
        {
            "name": name,
            "version": version,
            "sites": drafting.sites_of(name),
            "draft": await drafts.find(drafting.store, name),
        }
        for name, version in await drafting.listed(here.person)
    ]
    return here.page("policies.html", here="policies", policies=found)


async def policy(request: web.Request) -> web.Response:
    """Show one policy: a version of it, all versions, and what changed between two."""
    here, query = visit(request), asked(request, PolicyQuery)
    drafting, name = seen(here)
    store = drafting.store
    _, current = await policies.current(store, name)
    shown = query.version or current
    since, until = query.since or max(1, current - 1), query.until or current
    last = min(current, (query.below or current + 1) - 1)
    numbers = list(range(last, max(0, last - _MOST), -1))
    told = await drafting.applied(name, numbers)
    return here.page(
        "policy.html",
        here="policies",
        name=name,
        of=drafting.sites_of(name),
        current=current,
        shown=shown,
        source=lines((await policies.version(store, name, shown)).as_toml()),
        since=since,
        until=until,
        differs=await between(store, name, since, until),
        versions=[_version(number, told.get(number)) for number in numbers],
        below=numbers[-1] if numbers and numbers[-1] > 1 else None,
        draft=await drafts.find(store, name),
        may_change=drafting.may_change(here.person, name),
    )


def drafting_of(here: Visit) -> Drafting:
    """Return the use case."""
    return Drafting(here.context.store, here.context.settings)


def seen(here: Visit) -> tuple[Drafting, str]:
    """Return the use case and the name in the path. Raises Problem 404 for what one may not see."""
    drafting, name = drafting_of(here), here.request.match_info["name"]
    if not drafting.may_see(here.person, name):
        raise Problem("not-found", "no such policy for you")
    return drafting, name


async def between(store: Store, name: str, since: int, until: int) -> list[tuple[str, Markup]]:
    """Return what changed between two versions of a policy. Raises NotFoundError."""
    before = await policies.version(store, name, since)
    after = await policies.version(store, name, until)
    return await changes(before.as_toml(), after.as_toml())


async def changes(before: str, after: str) -> list[tuple[str, Markup]]:
    """Return what differs between two texts: kinds and lines, as the template takes them."""
    found = await asyncio.to_thread(difference, before, after)
    return [_line(line) for line in found]


def lines(source: str) -> list[Markup]:
    """Return TOML line by line, with characters shown that nobody would see."""
    return [rendered(line) for line in source.splitlines()]


def _line(line: Line) -> tuple[str, Markup]:
    return line.kind, rendered(line.text)


def _version(number: int, entry: Mapping[str, Any] | None) -> Version:
    told = entry or {}
    actor = told.get("actor") or {}
    return Version(
        number=number,
        by=str(actor.get("name") or ""),
        via=str(actor.get("via") or ""),
        when=moment(told["at"]) if told else "",
        note=rendered(str(told.get("note") or "")),
        replayed=told.get("replayed"),
    )
