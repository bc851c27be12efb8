"""How the API is served: what aiohttp answers by itself becomes a problem too.

Bodies are never inflated (a compressed one is a 415), connections that send nothing are closed,
and there is no access log: a path may hold what a caller put there.
"""

from __future__ import annotations

import structlog
from aiohttp import hdrs, web

from moderation.web import problems
from moderation.web.middlewares import finish
from moderation.web.problems import Problem

#: Longer than a reverse proxy keeps an idle connection (nginx: 60 s); the first request too has to
#: have its headers here by then.
_IDLE_S = 75.0
#: How long a body that nobody wants is still drained, so that the refusal reaches its sender.
_LINGER_S = 2.0

log = structlog.get_logger("moderation.web")


class _Unrouted(web.Response):
    """An answer to what is no request; no application's signal reaches it."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.popall(hdrs.SERVER, None)


class _Protocol(web.RequestHandler):
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it may quote the request
    ) -> web.StreamResponse:
        """Answer what could not be parsed, without a word of it."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer is on its way already")
        fault_is_here = status >= 500  # noqa: PLR2004
        if fault_is_here:
            log.error("request failed", exc_info=exc)
        problem = (
            problems.internal() if fault_is_here else Problem("bad-request", "this is not HTTP")
        )
        response = _Unrouted(
            status=problem.status,
            body=problem.body(),
            content_type=problems.MEDIA_TYPE,
            headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"},
        )
        response.force_close()
        return response


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return _Protocol(
            self,
            loop=self._loop,
            auto_decompress=False,
            access_log=None,  # type: ignore[arg-type]
            keepalive_timeout=_IDLE_S,
            lingering_time=_LINGER_S,
        )


class _Runner(web.AppRunner):
    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        answer = made.request_handler

        async def answered(request: web.BaseRequest) -> web.StreamResponse:
            """Answer a refusal that aiohttp raises before any middleware: an expectation."""
            try:
                return await answer(request)
            except web.HTTPException as error:
                return problems.of_http(error).response()

        return _Server(answered, request_factory=made.request_factory)


def create_runner(app: web.Application, *, drain_s: float = 10.0) -> web.AppRunner:
    """Return the runner to serve an application with; sites are added by the caller.

    `drain_s`: how long `cleanup` waits for the requests in hand.
    """
    app.on_response_prepare.append(finish)
    return _Runner(app, shutdown_timeout=drain_s)
