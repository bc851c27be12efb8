"""Perspective's addresses, answered by Perspective, or where it gives no answer as was chosen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import hdrs, web

from moderation.domain.perspective_pair import Fate
from moderation.settings import Settings
from moderation.telemetry import Metrics
from moderation.web import middlewares
from moderation.web.call import json_response
from moderation.web.perspective import discovery
from moderation.web.perspective.analyze import Analyzing
from moderation.web.perspective.messages import Analyze, read
from moderation.web.perspective.refusals import Refused, Unanswered, response_of
from moderation.web.perspective_shadow.beside import Beside
from moderation.web.perspective_shadow.upstream import Upstream
from moderation.web.problems import Problem
from moderation.web.refused import refusals
from moderation.web.strict_json import BodyReader, parse

_VERSION = "/v1alpha1"
_PREFIXES = (_VERSION, "")
_ANALYZE, _SUGGEST, _BATCH = "/comments:analyze", "/comments:suggestscore", "/batch"
_DISCOVERY = "/$discovery/rest"


def create_shadow(
    settings: Settings,
    upstream: Upstream,
    beside: Beside,
    metrics: Metrics,
    *,
    own: Analyzing | None,
    draining: Callable[[], bool],
) -> web.Application:
    """Return the application; serve it by `create_runner`.

    `own` answers where Perspective gives no answer; None: the client is told so.
    """
    app = web.Application(
        middlewares=[
            middlewares.request_id,
            refusals(),
            middlewares.measured(metrics),
            middlewares.answered(metrics, _as_error),
            middlewares.admitted(draining),
        ]
    )
    calls = _Calls(upstream, beside, own, BodyReader(settings.api))
    for prefix in _PREFIXES:
        app.router.add_post(prefix + _ANALYZE, calls.analyze)
        for path in (_ANALYZE, _SUGGEST):  # what browsers ask before they call
            app.router.add_route(hdrs.METH_OPTIONS, prefix + path, calls.passed_on(_VERSION + path))
        app.router.add_post(prefix + _SUGGEST, calls.passed_on(_VERSION + _SUGGEST))
        app.router.add_get(prefix + _DISCOVERY, _described(settings.perspective.public_url))
    app.router.add_post(_BATCH, calls.passed_on(_BATCH))
    return app


class _Calls:
    """Answers for one process."""

    def __init__(
        self, upstream: Upstream, beside: Beside, own: Analyzing | None, reader: BodyReader
    ) -> None:
        self._upstream = upstream
        self._beside = beside
        self._own = own
        self._reader = reader

    def passed_on(self, path: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Return a handler that passes calls on and looks at nothing of them."""

        async def handler(request: web.Request) -> web.Response:
            raw = await self._reader.read(request, None)
            return (await self._upstream.ask(request, path, raw)).response()

        return handler

    async def analyze(self, request: web.Request) -> web.Response:
        """Answer as Perspective does, and offer both to be compared."""
        raw = await self._reader.read(request, None)
        try:
            answer = await self._upstream.ask(request, _VERSION + _ANALYZE, raw)
        except Unanswered:
            if self._own is None:
                self._beside.note(Fate.FAILED)
                raise
            return await self._instead(self._own, raw)
        if self._own and answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return await self._instead(self._own, raw)
        self._beside.offer(raw, answer)
        return answer.response()

    async def _instead(self, own: Analyzing, raw: bytes) -> web.Response:
        fate = Fate.FAILED
        try:
            found = await own.answer(read(Analyze, parse(raw)))
            fate = Fate.OWN
        except (Refused, Problem):
            fate = Fate.REFUSED
            raise
        finally:
            self._beside.note(fate)
        return json_response(found)


def _described(public_url: str | None) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return a handler for the discovery document, which leads to this address."""

    async def handler(request: web.Request) -> web.Response:
        root = (public_url or f"{request.scheme}://{request.host}").rstrip("/") + "/"
        return json_response(discovery.document(root))

    return handler


def _as_error(_: web.Request, problem: Problem) -> web.Response:
    return response_of(problem)
