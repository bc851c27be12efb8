"""A line in the log for each refused request: which rule, never what was asked for.

A flood of refusals must not become a flood of lines: there are so many a second and no more, and
the next one says how many were left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

#: The kind of problem that the request was answered with.
KIND: web.RequestKey[str] = web.RequestKey("problem", str)
_LINES_A_SECOND = 20

log = structlog.get_logger("moderation.refused")


class Bound:
    """Lets so many through a second. `clock`: seconds, of any beginning."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._second = -1
        self._let_through = self._left_out = 0

    def left_out(self) -> int | None:
        """Return how many were left out since the last one that was let through; None: leave out.

        Each call is one of them.
        """
        second = int(self._clock())
        if second != self._second:
            self._second, self._let_through = second, 0
        if self._let_through >= self._most:
            self._left_out += 1
            return None
        self._let_through += 1
        left_out, self._left_out = self._left_out, 0
        return left_out


def refusals() -> Middleware:
    """Log answers of 400 and more, by route and never by path; at most `_LINES_A_SECOND`."""
    bound = Bound(_LINES_A_SECOND)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if response.status >= HTTPStatus.BAD_REQUEST and (left_out := bound.left_out()) is not None:
            resource = request.match_info.route.resource
            log.info(
                "refused",
                route=resource.canonical if resource else "unmatched",
                method=request.method if request.method in hdrs.METH_ALL else "other",
                status=response.status,
                problem=request.get(KIND),
                left_out=left_out,
            )
        return response

    return middleware
