"""What a moderator does, posted by the page's script: decide, take back, escalate, keep a claim."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from moderation.domain.decision import Decision
from moderation.domain.errors import StaleError
from moderation.services.answers import timestamp
from moderation.web.call import json_response
from moderation.web.problems import Problem
from moderation.web.review.access.session import forget_session
from moderation.web.review.reasons import with_labels
from moderation.web.review.visit import Body, Visit, posted
from moderation.web.review.wording import news

CommentId = Annotated[str, Field(pattern=r"^c_[0-9a-f]{32}$")]
Note = Annotated[str, Field(min_length=1, max_length=1000)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]
_MOST_CLAIMS = 200


class One(Body):
    """A comment in the version that the person saw."""

    id: CommentId
    version: Annotated[int, Field(ge=1, le=10**15)]


class _Decide(One):
    decision: Literal["approve", "reject"]
    reason: Code | None = None
    note: Note | None = None


class _Escalate(One):
    note: Note | None = None


class _Claims(Body):
    ids: Annotated[list[CommentId], Field(max_length=_MOST_CLAIMS)]


async def decide(request: web.Request) -> web.Response:
    """Record a decision on the version that the person saw."""
    here, body = await posted(request, _Decide)
    check_reason(here, body.decision, body.reason)
    return await answered(
        here,
        here.context.reviewing.decide(
            here.site,
            here.person,
            body.id,
            body.version,
            Decision(body.decision),
            body.reason,
            body.note,
        ),
    )


async def undo(request: web.Request) -> web.Response:
    """Take the person's own decision back: the comment is held again."""
    here, body = await posted(request, One)
    return await answered(
        here, here.context.reviewing.undo(here.site, here.person, body.id, body.version)
    )


async def escalate(request: web.Request) -> web.Response:
    """Leave a comment to those who take escalated ones."""
    here, body = await posted(request, _Escalate)
    return await answered(
        here,
        here.context.reviewing.escalate(here.site, here.person, body.id, body.version, body.note),
    )


async def renew(request: web.Request) -> web.Response:
    """Keep the claims on what the person still has before them."""
    here, body = await posted(request, _Claims)
    return json_response(
        {"ids": await here.context.reviewing.renew(here.site, here.person, body.ids)}
    )


async def release(request: web.Request) -> web.Response:
    """Give claims back."""
    here, body = await posted(request, _Claims)
    await here.context.reviewing.release(here.site, here.person, body.ids)
    return json_response({})


async def sign_out(request: web.Request) -> web.Response:
    """End the session."""
    here, _ = await posted(request, Body)
    await here.context.people.sessions.end(here.signed.token)
    answer = json_response({})
    forget_session(request, answer)
    return answer


def check_reason(here: Visit, decision: str, reason: str | None) -> None:
    """Refuse a rejection without one of the site's reasons, and a reason for an approval."""
    if (reason in here.reject_labels) is not (decision == "reject"):
        raise Problem("bad-request", "a rejection names one of the configured reasons")


def meanwhile(here: Visit, stale: StaleError) -> str:
    """Return what somebody did before this, as news."""
    event = with_labels(stale.event, here.reject_labels)
    if "at" in event:
        event["at"] = timestamp(event["at"])
    return news(event)


async def answered(here: Visit, done: Awaitable[Mapping[str, Any]]) -> web.Response:
    """Answer with the new version; where a colleague was first, with what they did, as news."""
    try:
        answer = await done
    except StaleError as stale:
        said = {"message": meanwhile(here, stale), "version": stale.event["version"]}
        return json_response(said, HTTPStatus.PRECONDITION_FAILED)
    return json_response({"version": answer["version"], "decision": answer["decision"]})
