"""Submitting, editing and reading comments, and the feed of decisions: what a CMS does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web

from moderation.domain.comment import Submission
from moderation.domain.errors import ModerationError
from moderation.services.intake import Submitted
from moderation.web import problems
from moderation.web.call import Call, json_response
from moderation.web.conditions import applied, etag, idempotency_key, is_known, wait_s
from moderation.web.problems import Problem
from moderation.web.schemas import BatchBody, SubmissionBody
from moderation.web.validation import fault, invalid, validated

#: When a pending answer may be asked for again (seconds).
_POLL_S = 1

log = structlog.get_logger("moderation.web")


async def submit(call: Call) -> web.Response:
    """Accept one comment."""
    wait = wait_s(call.request, call.context.settings.api.wait_max_s)
    key = idempotency_key(call.request, call.caller)
    submission = _submission(call, await call.body(SubmissionBody))
    submitted = await call.context.intake.submit(
        submission, idempotency_key=key, wait_s=wait or 0.0, bulk=False
    )
    return answered(submitted, wait)


async def edit(call: Call) -> web.Response:
    """Accept a new text for a comment that is known."""
    comment = call.comment_id()
    wait = wait_s(call.request, call.context.settings.api.wait_max_s)
    key = idempotency_key(call.request, call.caller)
    submission = _submission(call, await call.body(SubmissionBody))
    _check_target(call, comment, submission)
    submitted = await call.context.intake.edit(
        comment, submission, idempotency_key=key, wait_s=wait or 0.0
    )
    return answered(submitted, wait)


def _check_target(call: Call, comment: str, submission: Submission) -> None:
    """Refuse a body that names another comment than the path does.

    A signature covers the body and not the path, so a signed body must name its comment.
    """
    external_id = submission.external_id
    if external_id is None:
        if call.caller.message_id is None:
            return
        raise invalid(fault("/external_id", "a signed edit names its comment by external_id"))
    if call.context.intake.id_of(call.caller.site, external_id) != comment:
        raise invalid(fault("/external_id", "this names another comment than the path"))


async def submit_batch(call: Call) -> web.Response:
    """Accept up to a hundred comments, each by itself."""
    key = idempotency_key(call.request, call.caller)
    batch = await call.body(BatchBody)
    results = await asyncio.gather(
        *(
            _submit_item(call, item, None if key is None else f"{key}/{at}")
            for at, item in enumerate(batch.comments)
        )
    )
    waits = [int(after) for result in results if (after := result.pop("retry_after", None))]
    headers = {"Retry-After": str(max(waits))} if waits else {}
    return json_response({"results": results}, headers=headers)


async def _submit_item(call: Call, item: object, key: str | None) -> dict[str, Any]:
    try:
        submission = _submission(call, validated(SubmissionBody, item))
        submitted = await call.context.intake.submit(
            submission, idempotency_key=key, wait_s=0.0, bulk=True
        )
    except Problem as problem:
        return _refused(problem)
    except ModerationError as error:
        return _refused(problems.of_domain(error))
    except Exception:
        # One item's fault is told in its own place: the others may be accepted already.
        log.exception("item failed")
        return _refused(problems.internal())
    return {"status": int(_status(submitted.answer)), "comment": submitted.answer}


def _refused(problem: Problem) -> dict[str, Any]:
    refusal = {"status": problem.status, "problem": problem.to_dict()}
    return {**refusal, "retry_after": problem.headers.get("Retry-After")}


async def read(call: Call) -> web.Response:
    """Answer for one comment by its id."""
    return await _look(call, call.comment_id())


async def find(call: Call) -> web.Response:
    """Answer for one comment by the site's own id."""
    intake = call.context.intake
    return await _look(call, intake.id_of(call.caller.site, call.query.external_id))


async def _look(call: Call, comment: str) -> web.Response:
    wait = wait_s(call.request, call.context.settings.api.wait_max_s)
    answer = await call.context.intake.look(call.caller.site, comment, wait or 0.0)
    headers = _headers(answer, wait)
    if is_known(call.request, answer["version"]):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return json_response(answer, headers=headers)


async def decisions(call: Call) -> web.Response:
    """List a site's decisions in order, or what has none yet."""
    listing, query = call.context.listing, call.query
    chosen = listing.pending if query.pending == "1" else listing.decisions
    page = await chosen(call.caller.site, query.after, query.limit)
    return json_response({"decisions": page.items, "next": page.next})


def _submission(call: Call, body: SubmissionBody) -> Submission:
    site = call.context.settings.sites[call.caller.site]
    if body.callback_url is not None and not site.allows_callback(body.callback_url):
        raise invalid(fault("/callback_url", "its origin is not one of the site's"))
    return body.submission(call.caller.site)


def answered(submitted: Submitted, wait: float | None) -> web.Response:
    """Return what whoever sent a comment is answered."""
    answer = submitted.answer
    return json_response(answer, _status(answer), _headers(answer, wait))


def _status(answer: Mapping[str, Any]) -> HTTPStatus:
    return HTTPStatus.ACCEPTED if answer["status"] == "pending" else HTTPStatus.OK


def _headers(answer: Mapping[str, Any], wait: float | None) -> dict[str, str]:
    headers = {"ETag": etag(answer["version"]), **applied(wait)}
    if answer["status"] == "pending":
        headers["Location"] = f"/v1/comments/{answer['id']}"
        headers["Retry-After"] = str(_POLL_S)
    return headers
