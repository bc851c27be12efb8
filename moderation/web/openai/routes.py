"""`POST /v1/moderations`: OpenAI's request in, its answer or its error out."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from moderation.web.auth import SCORING
from moderation.web.call import AUTHENTICATOR, READER, json_response
from moderation.web.context import CONTEXT
from moderation.web.openai.categories import result
from moderation.web.problems import Problem
from moderation.web.strict_json import parse

PATH = "/v1/moderations"
#: The most texts of a call, and the longest (bytes): as long as a comment may be.
_MOST, _LONGEST = 100, 20_480

#: The type of an error by its status.
_TYPES: Mapping[int, str] = {401: "invalid_request_error", 403: "permission_error",
                             429: "rate_limit_error"}  # fmt: skip
_INVALID, _SERVER = "invalid_request_error", "server_error"


class _BadInput(Problem):
    """What was sent as `input` is none."""

    def __init__(self, message: str) -> None:
        super().__init__("bad-request", message)


def mount(app: web.Application) -> None:
    """Serve OpenAI's clients."""
    app.router.add_post(PATH, _moderate)


def as_error(request: web.Request, problem: Problem) -> web.Response | None:
    """Return a problem as these clients know it, None for others' requests."""
    if request.path != PATH:
        return None
    status = 429 if problem.kind == "overloaded" else problem.status
    status = 400 if status == 422 else status  # noqa: PLR2004 - OpenAI has none
    server_error = 500
    error = {
        "message": problem.detail,
        "type": _TYPES.get(status, _INVALID if status < server_error else _SERVER),
        "param": "input" if isinstance(problem, _BadInput) else None,
        "code": "invalid_api_key" if problem.kind == "unauthorized" else problem.kind,
    }
    response = json_response({"error": error}, HTTPStatus(status), problem.headers)
    if problem.close:
        response.force_close()
    return response


async def _moderate(request: web.Request) -> web.Response:
    caller = await request.app[AUTHENTICATOR].by_key(request, SCORING)
    context = request.app[CONTEXT]
    groups = _texts(parse(await request.app[READER].read(request)))
    scored = await context.direct.score([text for group in groups for text in group])
    policy, _ = await context.policies.for_site(caller.site)
    outcomes = iter(scored)
    results = []
    for group in groups:
        parts = [next(outcomes).scores for _ in group]
        worst = {label: max(part[label] for part in parts) for label in parts[0]}
        results.append(result(worst, policy.thresholds).to_dict())
    model = scored[0].model
    return json_response(
        {
            "id": f"modr-{secrets.token_hex(12)}",
            "model": f"{model.name}-{model.version}",
            "results": results,
        }
    )


def _texts(body: object) -> list[list[str]]:
    """Return the texts of each result: one a string; the parts of a message share theirs."""
    given = body.get("input") if isinstance(body, dict) else None
    if isinstance(given, str):
        groups = [[given]]
    elif isinstance(given, list) and given and all(isinstance(one, str) for one in given):
        groups = [[one] for one in given]
    elif isinstance(given, list) and given:
        groups = [[_part(one) for one in given]]
    else:
        raise _BadInput("`input` is a text, a list of texts, or a list of parts of a message")
    texts = [text for group in groups for text in group]
    if len(texts) > _MOST:
        raise _BadInput(f"`input` has more than {_MOST} texts")
    if any(len(text.encode()) > _LONGEST for text in texts):
        raise _BadInput(f"a text of `input` is longer than {_LONGEST} bytes")
    if not all(text.strip() for text in texts):
        raise _BadInput("a text of `input` is empty")
    return groups


def _part(given: Any) -> str:  # noqa: ANN401
    if isinstance(given, dict) and given.get("type") == "text":
        text = given.get("text")
        if isinstance(text, str):
            return text
    raise _BadInput("only texts are read; a part is {type: text, text}")
