"""Decisions as a file, and the statement of reasons for one comment.

A download is a GET: its address says a time and a format, and nothing of any comment.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from moderation.services.export_formats import written_as
from moderation.services.exporting import decisions, span
from moderation.services.statements import standing_statement
from moderation.web.query import Name
from moderation.web.review.queries import Asked, Flag, asked
from moderation.web.review.visit import visit

_Time = Annotated[str, Field(max_length=40)]


class _Query(Asked):
    site: Name | None = None
    format: Literal["csv", "jsonl"] = "csv"
    since: _Time | None = None
    until: _Time | None = None
    statements: Flag = False


async def page(request: web.Request) -> web.Response:
    """Show what can be exported."""
    return visit(request).page("export.html", here="export")


async def download(request: web.Request) -> web.StreamResponse:
    """Send a site's decisions of a time as they are read, a page at a time."""
    here, query = visit(request), asked(request, _Query)
    within = span(query.since, query.until)
    form = written_as(query.format, statements=query.statements)
    context = here.context
    pages = decisions(
        context.store, context.settings, here.site, within, statements=query.statements
    )
    async with aclosing(pages):
        first: list[dict[str, Any]] = await anext(
            pages, []
        )  # what fails at once is still answered as a page
        name = f"decisions-{here.site}.{form.suffix}"
        response = web.StreamResponse(
            headers={
                "Content-Type": f"{form.media_type}; charset=utf-8",
                "Content-Disposition": f'attachment; filename="{name}"',
            }
        )
        await response.prepare(request)
        await response.write((form.head() + form.lines(first)).encode())
        async for rows in pages:
            await response.write(form.lines(rows).encode())
    return response


async def statement(request: web.Request) -> web.Response:
    """Show the statement of reasons for a comment that stands rejected."""
    here = visit(request)
    context = here.context
    made = await standing_statement(context.store, context.settings, here.site, here.comment)
    on_terms = made["decision_ground"] == "DECISION_GROUND_INCOMPATIBLE_CONTENT"
    other = "illegal_" if on_terms else "incompatible_"
    fields = [
        (name, ", ".join(value) if isinstance(value, list) else value)
        for name, value in made.items()
        if not name.startswith(other)
    ]
    return here.page("statement.html", comment=here.comment, fields=fields)
