"""One call of one route: who calls, what they may, what they sent. Nothing of any one endpoint."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel

from moderation.sites import Scope
from moderation.web import problems
from moderation.web.auth import Authenticator, Caller, is_signed, unauthorized
from moderation.web.context import CONTEXT, ApiContext
from moderation.web.problems import Problem
from moderation.web.query import read_query
from moderation.web.strict_json import BodyReader, parse
from moderation.web.validation import validated

READER: web.AppKey[BodyReader] = web.AppKey("reader", BodyReader)
AUTHENTICATOR: web.AppKey[Authenticator] = web.AppKey("authenticator", Authenticator)
_COMMENT_ID = re.compile(r"c_[0-9a-f]{32}")
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a handler gets. `query` holds what the route's model of it allows."""

    context: ApiContext
    request: web.Request
    caller: Caller
    query: Any
    raw: bytes | None = field(repr=False)

    async def body(self, model: type[_Model]) -> _Model:
        """Return the body as a model. Raises Problem."""
        raw = self.raw
        if raw is None:
            raw = await self.request.app[READER].read(self.request)
        return validated(model, parse(raw))

    def comment_id(self) -> str:
        """Return the id in the path. Raises Problem 404 for what can't be one."""
        comment = self.request.match_info["id"]
        if not _COMMENT_ID.fullmatch(comment):
            raise Problem("not-found", "no such comment")
        return comment


Handler = Callable[[Call], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An endpoint, as it is served and as it is documented.

    `signed`: whether a signature opens it; then the body alone must determine what happens.
    `submits`: whether it takes in new work, which a process that is to end leaves to others.
    `answers`: the model of each success; `problems`: its own kinds, beside those of every route.
    """

    method: str
    path: str
    handler: Handler
    scope: Scope
    summary: str
    answers: Mapping[HTTPStatus, type[BaseModel]]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    headers: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    signed: bool = False
    submits: bool = False


def serve(route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the aiohttp handler of a route: prove the caller, then let the route answer."""

    async def handler(request: web.Request) -> web.Response:
        context = request.app[CONTEXT]
        if route.submits and context.draining():
            raise problems.draining()
        authenticator = request.app[AUTHENTICATOR]
        raw = None
        if is_signed(request):
            if not route.signed:
                raise unauthorized("a signature covers no path: this needs a bearer key")
            raw = await request.app[READER].read(request)
            caller = authenticator.by_signature(request, raw)
        else:
            caller = await authenticator.by_key(request, frozenset({route.scope}))
        query = read_query(request, route.query)
        call = Call(context=context, request=request, caller=caller, query=query, raw=raw)
        return await route.handler(call)

    return handler


def json_response(
    value: Mapping[str, Any],
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Return a JSON answer."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return web.Response(
        status=status, body=body, headers=headers, content_type="application/json", charset="utf-8"
    )
