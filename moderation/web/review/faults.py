"""Refusals as pages, for somebody who follows a link; scripts get problems, as callers of the API.

A page says what a problem says: fixed phrases, and the id under which the log has more.
"""

from __future__ import annotations

import aiohttp_jinja2
from aiohttp import hdrs, web

from moderation.web.problems import KINDS, Problem
from moderation.web.review.access.security import is_page

#: What to do about it, where there is something to do.
_ADVICE = {
    "not-found": "It may have been erased, or the address is mistyped.",
    "forbidden": "Ask an administrator if you need it.",
    "store-down": "Nothing you decided is lost. Try again in a moment.",
    "overloaded": "Try again in a moment.",
    "draining": "The service restarts. Try again in a moment.",
}


def as_page(request: web.Request, problem: Problem) -> web.Response | None:
    """Return a problem as a page, None for callers that want no page."""
    wanted = request.headers.get(hdrs.ACCEPT, "")
    if not is_page(request) or "text/html" not in wanted:
        return None
    _, title = KINDS[problem.kind]
    response = aiohttp_jinja2.render_template(
        "error.html",
        request,
        {
            "heading": "No such page" if problem.kind == "not-found" else title,
            "advice": _ADVICE.get(problem.kind, problem.detail),
            "request_id": problem.extra.get("request_id"),
        },
        status=problem.status,
    )
    response.headers.update(problem.headers)
    if problem.close:
        response.force_close()
    return response
