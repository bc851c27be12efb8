"""An author's appeal, brought by their site, and the statement of reasons for a rejection."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, BaseModel, Field

from moderation.domain.appeals import MAX_STATEMENT
from moderation.services.appeals import Appeals
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
