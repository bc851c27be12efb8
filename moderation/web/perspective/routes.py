"""Perspective's addresses, with and without its version in front: who asks, and the answer."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import hdrs, web

from moderation.web.auth import SCORING
from moderation.web.call import AUTHENTICATOR, READER
from moderation.web.context import CONTEXT
from moderation.web.middlewares import as_problem
from moderation.web.perspective import batch, discovery
from moderation.web.perspective.analyze import Analyzing
from moderation.web.perspective.messages import Analyze, read
from moderation.web.perspective.refusals import BadKey, body_of, response_of
from moderation.web.problems import Problem
from moderation.web.strict_json import parse

ANALYZING: web.AppKey[Analyzing] = web.AppKey("analyzing", Analyzing)
_PREFIXES = ("/v1alpha1", "")
_ANALYZE, _BATCH, _DISCOVERY = "/comments:analyze", "/batch", "/$discovery/rest"
#: Where Google's own libraries look for the document when they are told nothing but a host.
_CENTRAL_DISCOVERY = "/discovery/v1/apis/commentanalyzer/v1alpha1/rest"
_CALLS = frozenset(prefix + _ANALYZE for prefix in _PREFIXES)


def mount(app: web.Application) -> None:
    """Serve Perspective's clients."""
    context = app[CONTEXT]
    app[ANALYZING] = Analyzing(context.direct, context.settings.perspective)
    for prefix in _PREFIXES:
        app.router.add_post(prefix + _ANALYZE, _analyze)
        app.router.add_get(prefix + _DISCOVERY, _discovery)
    app.router.add_get(_CENTRAL_DISCOVERY, _discovery)
    app.router.add_post(_BATCH, _batch)


def as_error(request: web.Request, problem: Problem) -> web.Response | None:
    """Return a problem that arose around a call as these clients know it, None for others'."""
    path = request.path
    theirs = path.startswith(("/v1alpha1/", "/comments:", "/$discovery/")) or path == _BATCH
    return response_of(problem) if theirs else None


async def _analyze(request: web.Request) -> web.Response:
    await _admit(request, _key(request))
    raw = await request.app[READER].read(request, None)
    return _json(await _analyzed(request, raw))


async def _analyzed(request: web.Request, raw: bytes) -> dict[str, Any]:
    return await request.app[ANALYZING].answer(read(Analyze, parse(raw)))


async def _discovery(request: web.Request) -> web.Response:
    """Describe the service to anybody; a key is not needed, but a bad one is told, as there."""
    if key := _key(request):
        await _admit(request, key)
    root = (
        request.app[CONTEXT].settings.perspective.public_url or f"{request.scheme}://{request.host}"
    )
    return _json(discovery.document(root.rstrip("/") + "/"))


async def _batch(request: web.Request) -> web.Response:
    own = _key(request)

    async def answer(part: batch.Part) -> batch.Reply:
        try:
            await _admit(request, part.key or own)
            return batch.Reply(200, await _called(request, part))
        except Exception as error:  # one call's fault is not its neighbours'
            said = body_of(as_problem(error))
            return batch.Reply(said["error"]["code"], said)

    raw = await request.app[READER].read(request, None)
    return await batch.answered(request.headers.get(hdrs.CONTENT_TYPE, ""), raw, answer)


async def _called(request: web.Request, part: batch.Part) -> dict[str, Any]:
    if part.method != hdrs.METH_POST or part.path not in _CALLS:
        raise Problem("not-found", "Method not found.")
    return await _analyzed(request, part.body)


def _key(request: web.Request) -> str | None:
    """Return the key, which clients put where they like."""
    scheme, _, bearer = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    given = request.query.get("key") or request.headers.get("X-Goog-Api-Key")
    return given or (bearer.strip() if scheme.lower() == "bearer" else None) or None


async def _admit(request: web.Request, key: str | None) -> None:
    """Let in who has a key that may score. Raises BadKey, StoreDownError."""
    if key is None:
        raise BadKey(missing=True)
    caller = await request.app[AUTHENTICATOR].holder(key)
    if caller is None or not caller.scopes & SCORING:
        raise BadKey(missing=False)


def _json(value: dict[str, Any]) -> web.Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return web.Response(body=body, content_type="application/json", charset="utf-8")
