"""The installation's log as a page: who changed what about people, policies and keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from pydantic import Field

from moderation.store import log
from moderation.web.problems import Problem
from moderation.web.review.queries import Asked, asked
from moderation.web.review.records.log_wording import KINDS, Names, happening, moment, where
from moderation.web.review.text import rendered
from moderation.web.review.visit import visit

_MOST = 50


class LogQuery(Asked):
    """What stands behind the `?`."""

    kind: str | None = Field(None, pattern=r"^[a-z_]{1,64}$")
    before: str | None = Field(None, pattern=r"^[0-9]{1,20}-[0-9]{1,20}$")


async def shown(request: web.Request) -> web.Response:
    """Show the log, newest first. It tells of all sites, so it is for those who see all."""
    here = visit(request)
    if here.person.sites is not None:
        raise Problem("forbidden", "the log tells of all sites; your account sees some")
    query = asked(request, LogQuery)
    entries, after = await log.read(here.context.store, query.before, _MOST, kind=query.kind)
    people = await here.context.people.listed()
    names = {one.person.id: one.person.name for one in people}
    return here.page(
        "log.html",
        here="log",
        entries=[_told(entry, names) for entry in entries],
        kinds=[(code, kind.name) for code, kind in KINDS.items()],
        query=query,
        after=after,
    )


def _told(entry: Mapping[str, Any], names: Names) -> dict[str, Any]:
    return {
        "when": moment(entry["at"]),
        "said": rendered(happening(entry, names)),
        "where": where(entry),
        "note": rendered(str(entry.get("note") or "")),
    }
