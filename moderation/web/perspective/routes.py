"""Perspective's addresses, with and without its version in front: who asks, and the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import hdrs, web

from moderation.web.auth import SCORING, Caller
from moderation.web.call import AUTHENTICATOR, READER, json_response
from moderation.web.context import CONTEXT
from moderation.web.middlewares import as_problem
from moderation.web.perspective import batch, discovery
from moderation.web.perspective.analyze import Analyzing
from moderation.web.perspective.messages import Analyze, Suggest, read
from moderation.web.perspective.refusals import BadKey, body_of, response_of
from moderation.web.perspective.suggest import Suggesting
from moderation.web.problems import Problem
from moderation.web.strict_json import parse

ANALYZING: web.AppKey[Analyzing] = web.AppKey("analyzing", Analyzing)
SUGGESTING: web.AppKey[Suggesting] = web.AppKey("suggesting", Suggesting)
_PREFIXES = ("/v1alpha1", "")
_ANALYZE, _SUGGEST = "/comments:analyze", "/comments:suggestscore"
_BATCH, _DISCOVERY = "/batch", "/$discovery/rest"
#: Where Google's own libraries look for the document when they are told nothing but a host.
_CENTRAL_DISCOVERY = "/discovery/v1/apis/commentanalyzer/v1alpha1/rest"


def mount(app: web.Application) -> None:
    """Serve Perspective's clients."""
    context = app[CONTEXT]
    app[ANALYZING] = Analyzing(context.direct, context.settings.perspective)
    app[SUGGESTING] = Suggesting(context.store, context.direct, context.settings.perspective)
    for path in _CALLS:
        app.router.add_post(path, _call)
    for prefix in _PREFIXES:
        app.router.add_get(prefix + _DISCOVERY, _discovery)
    app.router.add_get(_CENTRAL_DISCOVERY, _discovery)
    app.router.add_post(_BATCH, _batch)


def as_error(request: web.Request, problem: Problem) -> web.Response | None:
    """Return a problem that arose around a call as these clients know it, None for others'."""
    path = request.path
    theirs = path.startswith(("/v1alpha1/", "/comments:", "/$discovery/")) or path == _BATCH
    return response_of(problem) if theirs else None


async def _call(request: web.Request) -> web.Response:
    caller = await _admitted(request, _key(request))
    raw = await request.app[READER].read(request, None)
    return json_response(await _CALLS[request.path](request, caller, raw))


async def _analyzed(request: web.Request, _: Caller, raw: bytes) -> dict[str, Any]:
    return await request.app[ANALYZING].answer(read(Analyze, parse(raw)))


async def _suggested(request: web.Request, caller: Caller, raw: bytes) -> dict[str, Any]:
    return await request.app[SUGGESTING].answer(caller.site, read(Suggest, parse(raw)))


#: Each call by its address.
_CALLS: dict[str, Callable[[web.Request, Caller, bytes], Awaitable[dict[str, Any]]]] = {
    prefix + path: answered
    for prefix in _PREFIXES
    for path, answered in ((_ANALYZE, _analyzed), (_SUGGEST, _suggested))
}


async def _discovery(request: web.Request) -> web.Response:
    """Describe the service to anybody; a key is not needed, but a bad one is told, as there."""
    if key := _key(request):
        await _admitted(request, key)
    root = (
        request.app[CONTEXT].settings.perspective.public_url or f"{request.scheme}://{request.host}"
    )
    return json_response(discovery.document(root.rstrip("/") + "/"))


async def _batch(request: web.Request) -> web.Response:
    own = _key(request)

    async def answer(part: batch.Part) -> batch.Reply:
        try:
            caller = await _admitted(request, part.key or own)
            return batch.Reply(200, await _answered(request, caller, part))
        except Exception as error:  # one call's fault is not its neighbours'
            said = body_of(as_problem(error))
            return batch.Reply(said["error"]["code"], said)

    raw = await request.app[READER].read(request, None)
    return await batch.answered(request.headers.get(hdrs.CONTENT_TYPE, ""), raw, answer)


async def _answered(request: web.Request, caller: Caller, part: batch.Part) -> dict[str, Any]:
    if part.method != hdrs.METH_POST or part.path not in _CALLS:
        raise Problem("not-found", "Method not found.")
    return await _CALLS[part.path](request, caller, part.body)


def _key(request: web.Request) -> str | None:
    """Return the key, which clients put where they like."""
    scheme, _, bearer = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    given = request.query.get("key") or request.headers.get("X-Goog-Api-Key")
    return given or (bearer.strip() if scheme.lower() == "bearer" else None) or None


async def _admitted(request: web.Request, key: str | None) -> Caller:
    """Return whose key it is, if it may score. Raises BadKey, StoreDownError."""
    if key is None:
        raise BadKey(missing=True)
    caller = await request.app[AUTHENTICATOR].holder(key)
    if caller is None or not caller.scopes & SCORING:
        raise BadKey(missing=False)
    return caller
