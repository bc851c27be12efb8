"""Around every request: the trace that the caller is in, for the log and for what comes of it."""

from __future__ import annotations

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from moderation import tracing
from moderation.domain.trace import trace_id, traceparent


@web.middleware
async def traced(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Carry a `traceparent` on; one that is none, or comes twice, is as if it were not there."""
    given = request.headers.getall("traceparent", [])
    parent = traceparent(given[0]) if len(given) == 1 else ""
    resource = request.match_info.route.resource
    route = resource.canonical if resource else "unmatched"
    method = request.method if request.method in hdrs.METH_ALL else "other"
    with tracing.span(f"{method} {route}", parent, "server", http__route=route) as span:
        with structlog.contextvars.bound_contextvars(**_known(span.traceparent)):
            response = await handler(request)
        span.note(http__request__method=method, http__response__status_code=response.status)
        return response


def _known(parent: str) -> dict[str, str]:
    """Return what a log line says of the trace: nothing where there is none."""
    name = trace_id(parent)
    return {"trace_id": name} if name else {}
