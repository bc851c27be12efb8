"""`/1.1/…`: Akismet's calls in, its words out.

Its clients read the words and not the status. `false` publishes; whatever is neither `false` nor
`true` makes WordPress keep the comment and ask again, so that each fault is told by such a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from moderation.domain.decision import DecidedBy, Decision
from moderation.sites import Scope
from moderation.store.decisions import PersonalDecision
from moderation.web import problems
from moderation.web.akismet.form import submission
from moderation.web.auth import Caller, unauthorized
from moderation.web.call import AUTHENTICATOR, READER
from moderation.web.context import CONTEXT
from moderation.web.form_body import parse_form
from moderation.web.problems import Problem

_PREFIX = "/1.1/"
_HELP = "X-akismet-debug-help"
_THANKS = "Thanks for making the web a better place."
_MOST_REPORTER = 256


def mount(app: web.Application) -> None:
    """Serve Akismet's clients."""
    for path, handler in (
        ("verify-key", _verify),
        ("comment-check", _check),
        ("submit-spam", _spam),
        ("submit-ham", _ham),
    ):
        app.router.add_post(_PREFIX + path, handler)


def as_error(request: web.Request, problem: Problem) -> web.Response | None:
    """Return a problem as these clients know it, None for others' requests."""
    if not request.path.startswith(_PREFIX):
        return None
    if problem.kind in {"unauthorized", "forbidden"}:
        return _word("invalid", {_HELP: problem.detail})
    errors = problem.extra.get("errors")
    detail = errors[0]["message"] if errors else problem.detail
    response = _word(problem.kind, {**problem.headers, _HELP: detail}, problem.status)
    if problem.close:
        response.force_close()
    return response


async def _verify(request: web.Request) -> web.Response:
    await _admitted(request, "submit")
    return _word("valid")


async def _check(request: web.Request) -> web.Response:
    caller, form = await _admitted(request, "submit")
    context = request.app[CONTEXT]
    if context.draining():
        raise problems.draining()
    akismet = context.settings.akismet
    said = submission(form, caller.site, akismet.text_format, context.store.secret)
    submitted = await context.intake.submit(
        said, idempotency_key=None, wait_s=akismet.wait_s, bulk=False
    )
    return _word(_verdict(submitted.answer, akismet.true_for))


def _verdict(answer: Mapping[str, Any], true_for: str) -> str:
    """Return Akismet's word for an answer: only a decision that stands is one of its two.

    What is held for want of a score is not told to be spam, whatever the operator wants.
    """
    decision = answer["decision"] if answer["status"] == "decided" else None
    if decision == Decision.APPROVE:
        return "false"
    if decision == Decision.REJECT and true_for != "never":
        return "true"
    has_grounds = decision == Decision.HOLD and answer["decided_by"] != DecidedBy.FALLBACK
    return "true" if has_grounds and true_for == "held" else "pending"


async def _spam(request: web.Request) -> web.Response:
    return await _report(request, Decision.REJECT, "spam")


async def _ham(request: web.Request) -> web.Response:
    return await _report(request, Decision.APPROVE, None)


async def _report(request: web.Request, decision: Decision, reason: str | None) -> web.Response:
    """Record what a person decided at the client, on the comment as it stands here."""
    caller, form = await _admitted(request, "moderate")
    context = request.app[CONTEXT]
    text_format = context.settings.akismet.text_format
    said = submission(form, caller.site, text_format, context.store.secret)
    comment = context.intake.id_of(caller.site, said.external_id or "")
    answer = await context.intake.look(caller.site, comment, 0.0)
    if (answer["decided_by"], answer["decision"]) != (DecidedBy.PERSON, decision):
        await context.review.decide(
            PersonalDecision(
                comment=comment,
                site=caller.site,
                expected_version=answer["version"],
                decision=decision,
                actor_id=form.get("reporter", "")[:_MOST_REPORTER] or "akismet",
                actor_name=None,
                via=caller.via,
                reason=reason,
                note=None,
            )
        )
    return _word(_THANKS)


async def _admitted(request: web.Request, scope: Scope) -> tuple[Caller, dict[str, str]]:
    """Return who calls, and the form. Raises Problem 401 or 403, StoreDownError."""
    form = parse_form(await request.app[READER].read(request, None))
    key = form.get("api_key") or form.get("key") or request.host.partition(".")[0]
    caller = await request.app[AUTHENTICATOR].holder(key)
    if caller is None:
        raise unauthorized("this key is not known, or no longer")
    if scope not in caller.scopes:
        raise Problem("forbidden", f"this needs a key with the scope `{scope}`")
    return caller, form


def _word(
    word: str, headers: Mapping[str, str] | None = None, status: int = HTTPStatus.OK
) -> web.Response:
    return web.Response(status=status, text=word, headers=headers)
