"""Around every request: an id, metrics, a bound on how many at once, and refusals as problems.

Nothing here sees a body, and no path is logged: a path may hold what a caller put there.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from typing import NoReturn

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from moderation.domain.errors import ModerationError, StoreDownError
from moderation.telemetry import Metrics
from moderation.web import problems
from moderation.web.problems import Problem
from moderation.web.refused import KIND

#: More at once than this is more than one process can answer in time; a wait holds one place.
MAX_IN_FLIGHT = 1000
REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
#: The head of an answer is on its way: no other can be given.
_BEGUN: web.RequestKey[bool] = web.RequestKey("begun", bool)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

log = structlog.get_logger("moderation.web")


@web.middleware
async def request_id(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request the caller's id, if it is a plain name, else a new one."""
    given = request.headers.get("X-Request-Id", "")
    request[REQUEST_ID] = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    with structlog.contextvars.bound_contextvars(request_id=request[REQUEST_ID]):
        return await handler(request)


def measured(metrics: Metrics) -> Middleware:
    """Count and time requests by route, never by path."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.perf_counter()
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "unmatched"
        method = request.method if request.method in _METHODS else "other"
        code = "aborted"
        metrics.http_in_flight.inc()
        try:
            response = await handler(request)
            code = str(response.status)
        finally:
            metrics.http_in_flight.dec()
            metrics.http_requests.labels(route, method, code).inc()
            metrics.http_duration.labels(route, method).observe(
                time.perf_counter() - started, {"request_id": request[REQUEST_ID]}
            )
        return response

    return middleware


def answered(
    metrics: Metrics,
    as_page: Callable[[web.Request, Problem], web.Response | None] = lambda *_: None,
) -> Middleware:
    """Turn whatever is raised into a problem; what nobody expected is logged without its text.

    `as_page` returns a problem as a page for those who want one. An answer that has begun is broken
    off: a second one in its body would look like the end of a whole one.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Exception as error:
            if isinstance(error, StoreDownError):
                metrics.store_failed(error)
            if request.get(_BEGUN):
                _break_off(request, error)
            problem = as_problem(error)
        request[KIND] = problem.kind
        problem.extra.setdefault("request_id", request[REQUEST_ID])
        return as_page(request, problem) or problem.response()

    return middleware


def as_problem(error: Exception) -> Problem:
    """Return what a caller is told of an error; what nobody expected is logged without its text."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ModerationError):
        return problems.of_domain(error)
    if isinstance(error, web.HTTPException):
        return problems.of_http(error)
    log.error("request failed", exc_info=error)
    return problems.internal()


def _break_off(request: web.Request, error: Exception) -> NoReturn:
    """End the connection in the middle, so that whoever reads knows that there was more."""
    if isinstance(error, ConnectionResetError):
        log.debug("the caller went away")
    else:
        log.error("answer broken off", error=type(error).__name__)
    if request.transport:
        request.transport.abort()
    raise ConnectionAbortedError("the answer was broken off") from None


def admitted(draining: Callable[[], bool]) -> Middleware:
    """Refuse more at once than can be answered; close connections when the process is to end."""
    in_flight = 0

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal in_flight
        if in_flight >= MAX_IN_FLIGHT:
            raise problems.overloaded("too many requests at once; nothing was stored")
        in_flight += 1
        try:
            response = await handler(request)
        finally:
            in_flight -= 1
        if draining():
            response.force_close()
        return response

    return middleware


async def finish(request: web.Request, response: web.StreamResponse) -> None:
    """Set what stands in every answer; a signal handler, so that no answer goes without."""
    request[_BEGUN] = True
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    if identity := request.get(REQUEST_ID):
        response.headers["X-Request-Id"] = identity
    response.headers.popall(hdrs.SERVER, None)
