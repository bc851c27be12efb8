"""`POST /coral/{site}`: Coral's call in, its reply out before Coral stops waiting.

Coral publishes on any reply that is no 2xx, so that whatever goes wrong here is a reply that
withholds the comment. Only a caller that is not proven gets an error.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from moderation.sites import MOST_CORAL_SECRETS, Site
from moderation.web import problems
from moderation.web.auth import unauthorized
from moderation.web.body_signature import is_signed
from moderation.web.call import READER, json_response
from moderation.web.context import CONTEXT
from moderation.web.coral.messages import ModerationRequest, is_approved, withheld
from moderation.web.coral.phase import Phase
from moderation.web.problems import Problem
from moderation.web.strict_json import parse
from moderation.web.validation import validated

PHASE: web.AppKey[Phase] = web.AppKey("coral", Phase)
_PREFIX = "/coral/"
_SIGNATURE = "X-Coral-Signature"
#: The refusals that Coral or a stranger is told as they are.
_TOLD = frozenset({"unauthorized", "not-found", "method-not-allowed"})
#: Stands in for the secrets of a site that has none, so that all refusals cost the same.
_NOBODYS = secrets.token_bytes(32)


def mount(app: web.Application) -> None:
    """Serve Coral."""
    app[PHASE] = phase = Phase(app[CONTEXT].intake)
    app.on_cleanup.append(phase.finish)
    app.router.add_post(_PREFIX + "{site}", _moderate)


def as_error(request: web.Request, problem: Problem) -> web.Response | None:
    """Return a fault as the reply that withholds the comment, None for others' requests."""
    if not request.path.startswith(_PREFIX) or problem.kind in _TOLD:
        return None
    context = request.app[CONTEXT]
    context.metrics.coral_answers.labels("refused").inc()
    response = json_response(withheld(context.settings.coral.withheld_as))
    if problem.close:
        response.force_close()
    return response


async def _moderate(request: web.Request) -> web.Response:
    clock = asyncio.get_running_loop().time
    context, coral = request.app[CONTEXT], request.app[CONTEXT].settings.coral
    until = clock() + coral.deadline_s
    raw = await request.app[READER].read(request, None)
    site = _prove(request, raw, context.settings.sites)
    if context.draining():
        raise problems.draining()
    said = validated(ModerationRequest, parse(raw))
    submission = said.submission(site, coral.text_format, context.store.secret)
    answer = await request.app[PHASE].submit(submission, max(0.0, until - clock()))
    if answer is None or answer["status"] == "pending":
        context.metrics.coral_answers.labels("late").inc()
        return json_response(withheld(coral.withheld_as))
    if is_approved(answer):
        context.metrics.coral_answers.labels("approved").inc()
        return web.Response(status=HTTPStatus.NO_CONTENT)
    context.metrics.coral_answers.labels("withheld").inc()
    return json_response(withheld(coral.withheld_as, answer))


def _prove(request: web.Request, raw: bytes, sites: Mapping[str, Site]) -> str:
    """Return the site whose secret signed the body. Raises Problem 401, the same for any site."""
    name = request.match_info["site"]
    site = sites.get(name)
    known = [secret.get_secret_value().encode() for secret in site.coral_secrets] if site else []
    active = [*known, *[_NOBODYS] * MOST_CORAL_SECRETS][:MOST_CORAL_SECRETS]
    if not is_signed(active, ",".join(request.headers.getall(_SIGNATURE, [])), raw):
        raise unauthorized(f"no {_SIGNATURE} matches the body")
    return name
