"""Many comments at once, posted by the page's script: decide on them, take it all back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from moderation.domain.decision import Decision
from moderation.domain.errors import FourEyesError, ModerationError, NotInBulkError, StaleError
from moderation.services.bulk import Bulk, Item, Outcome
from moderation.web.call import json_response
from moderation.web.problems import Problem
from moderation.web.review.decisions.single import Code, CommentId, Note, check_reason, meanwhile
from moderation.web.review.visit import Body, Visit, posted
from moderation.web.review.wording import left_alone


class _Item(BaseModel):
    """A comment in the version that the person saw, or that they made."""

    model_config = Body.model_config

    id: CommentId
    version: Annotated[int, Field(ge=1, le=10**15)]


class _Batch(Body):
    """An act on many: its name, which the page makes, and each comment in the version seen."""

    batch: Annotated[str, Field(pattern=r"^b_[0-9a-f]{32}$")]
    items: Annotated[list[_Item], Field(min_length=1)]


class _Decide(_Batch):
    decision: Literal["approve", "reject"]
    reason: Code | None = None
    note: Note | None = None


async def decide(request: web.Request) -> web.Response:
    """Decide on all of them that may be decided together."""
    here, body = await posted(request, _Decide)
    check_reason(here, body.decision, body.reason)
    return _answered(
        here,
        await _bulk(here).decide(
            here.site,
            here.person,
            _items(here, body),
            body.batch,
            Decision(body.decision),
            body.reason,
            body.note,
        ),
    )


async def undo(request: web.Request) -> web.Response:
    """Take a batch back: what still stands as this person decided it there is held again."""
    here, body = await posted(request, _Batch)
    return _answered(
        here, await _bulk(here).undo(here.site, here.person, _items(here, body), body.batch)
    )


def _bulk(here: Visit) -> Bulk:
    return Bulk(here.context.reviewing)


def _items(here: Visit, body: _Batch) -> list[Item]:
    """Return what is acted on. Raises Problem for too many, and for one that is named twice."""
    most = here.context.settings.review.bulk_most
    if len(body.items) > most:
        raise Problem("bad-request", f"one act decides on {most} comments at most")
    if len({item.id for item in body.items}) != len(body.items):
        raise Problem("bad-request", "a comment is named twice")
    return [(item.id, item.version) for item in body.items]


def _answered(here: Visit, found: Outcome) -> web.Response:
    """Tell what was done and, a sentence each, what was left as it was."""
    said: dict[str, Any] = {
        "done": [{"id": comment, "version": version} for comment, version in found.done],
        "refused": [{"id": comment, "message": _why(here, why)} for comment, why in found.refused],
    }
    return json_response(said, HTTPStatus.OK)


def _why(here: Visit, refused: ModerationError) -> str:
    match refused:
        case NotInBulkError(why=why):
            return left_alone(why)
        case StaleError():
            return meanwhile(here, refused)
        case FourEyesError():
            return "Another person has to change it."
    return "It is no longer there."
