"""The native API and the moderators' page as one application: routes, middlewares, description."""

from __future__ import annotations

import json
from types import ModuleType

from aiohttp import web

from moderation.settings import Settings
from moderation.web import middlewares, openapi
from moderation.web.akismet import routes as akismet
from moderation.web.auth import Authenticator
from moderation.web.call import AUTHENTICATOR, READER, serve
from moderation.web.context import CONTEXT, ApiContext
from moderation.web.coral import routes as coral
from moderation.web.hooks import routes as hooks
from moderation.web.native import ROUTES
from moderation.web.openai import routes as openai
from moderation.web.perspective import routes as perspective
from moderation.web.problems import Problem
from moderation.web.protocol import create_runner
from moderation.web.refused import refusals
from moderation.web.review.app import mount
from moderation.web.review.faults import as_page
from moderation.web.strict_json import BodyReader
from moderation.web.traced import traced

__all__ = ["create_api", "create_runner"]


def create_api(context: ApiContext) -> web.Application:
    """Return the application; serve it by `create_runner`."""
    metrics = context.metrics
    app = web.Application(
        middlewares=[
            middlewares.request_id,
            traced,
            refusals(),
            middlewares.measured(metrics),
            middlewares.answered(metrics, _elsewhere),
            middlewares.admitted(context.draining),
        ],
    )
    app[CONTEXT] = context
    app[READER] = BodyReader(context.settings.api)
    app[AUTHENTICATOR] = Authenticator(context.settings, context.store)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, serve(route))
    described = json.dumps(openapi.document(ROUTES)).encode()

    async def describe(_: web.Request) -> web.Response:
        return web.Response(body=described, content_type="application/json", charset="utf-8")

    app.router.add_route("GET", openapi.PATH, describe)
    mount(app)
    hooks.mount(app)
    for dialect in _dialects(context.settings):
        dialect.mount(app)
    return app


def _dialects(settings: Settings) -> list[ModuleType]:
    """Return other services' wire formats that are switched on."""
    found = (
        (perspective, settings.perspective.enabled),
        (openai, settings.openai.enabled),
        (coral, settings.coral.enabled),
        (akismet, settings.akismet.enabled),
    )
    return [dialect for dialect, enabled in found if enabled]


def _elsewhere(request: web.Request, problem: Problem) -> web.Response | None:
    """Return a problem as its caller knows it, None for callers of the native API."""
    for dialect in _dialects(request.app[CONTEXT].settings):
        response: web.Response | None = dialect.as_error(request, problem)
        if response is not None:
            return response
    return as_page(request, problem)
