"""An author's appeal, brought by their site, and the statement of reasons for a rejection."""

from __future__ import annotations

from typing import Annotated, Literal

from aiohttp import web
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from moderation.domain.appeals import MAX_STATEMENT
from moderation.services.appeals import Appeals
from moderation.services.statements import standing_statement
from moderation.store.appeals import NewAppeal
from moderation.web.call import Call, json_response
from moderation.web.conditions import etag, idempotency_key
from moderation.web.schemas import STRICT, readable
from moderation.web.validation import fault, invalid


class AppealBody(BaseModel):
    """What an author says against a rejection of their comment."""

    model_config = STRICT

    text: Annotated[str, Field(min_length=1, max_length=MAX_STATEMENT), AfterValidator(readable)]
    """The author's own words, at most 5,000 code points; moderators read them."""
    id: Annotated[str, Field(pattern=r"^c_[0-9a-f]{32}$")] | None = None
    """The comment's id, as in the path. A signed appeal must name it: a signature covers the body
    and not the path, and no other signed body has this field."""


async def appeal(call: Call) -> web.Response:
    """Keep an appeal against the rejection that stands."""
    comment = call.comment_id()
    key = idempotency_key(call.request, call.caller)
    body = await call.body(AppealBody)
    if body.id is None and call.caller.message_id is not None:
        raise invalid(fault("/id", "a signed appeal names its comment by id"))
    if body.id not in {None, comment}:
        raise invalid(fault("/id", "this names another comment than the path"))
    answer = await Appeals(call.context.review).submit(
        NewAppeal(
            comment=comment,
            site=call.caller.site,
            statement=body.text,
            idempotency_key=key,
            via=call.caller.via,
        )
    )
    return json_response(answer, headers={"ETag": etag(answer["version"])})


class Statement(BaseModel):
    """A statement of reasons (Regulation (EU) 2022/2065, Art. 17) as the EU's database has it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    decision_visibility: list[Literal["DECISION_VISIBILITY_CONTENT_DISABLED"]]
    decision_ground: Literal[
        "DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"
    ]
    illegal_content_legal_ground: str | None
    """The law; null unless the reason's `reference` is configured."""
    illegal_content_explanation: str | None
    incompatible_content_ground: str | None
    """The clause of the terms, or the reason's label."""
    incompatible_content_explanation: str | None
    category: str
    content_type: list[Literal["CONTENT_TYPE_TEXT"]]
    content_language: str | None
    """ISO 639-1, in capitals; null if unknown."""
    content_date: str
    """When the comment came in (UTC)."""
    application_date: str
    """When it was rejected (UTC)."""
    territorial_scope: list[str] | None
    """As `review.territorial_scope` says; null if it says nothing."""
    decision_facts: str
    """What machines found and people did; never the comment's text."""
    source_type: Literal["SOURCE_VOLUNTARY"]
    automated_detection: Literal["Yes", "No"]
    """Whether a score or a rule had found the comment."""
    automated_decision: Literal["AUTOMATED_DECISION_PARTIALLY", "AUTOMATED_DECISION_NOT_AUTOMATED"]
    """Partially: a person rejected many in one act, without reading each. Never fully."""
    puid: str
    """The comment's id and the version of the rejection."""


async def statement(call: Call) -> web.Response:
    """Answer with the statement of reasons for what stands rejected."""
    context, site = call.context, call.caller.site
    found = await standing_statement(context.store, context.settings, site, call.comment_id())
    return json_response(found)
