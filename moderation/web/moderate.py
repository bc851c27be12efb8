"""What people do: read the queue, decide, and look back."""

from __future__ import annotations

from aiohttp import web

from moderation.services.listing import HeldFilter
from moderation.store.decisions import PersonalDecision
from moderation.web.call import Call, json_response
from moderation.web.conditions import etag, expected_version
from moderation.web.schemas import DecisionBody


async def queue(call: Call) -> web.Response:
    """List what is held, with its texts."""
    query = call.query
    wanted = HeldFilter(
        article=query.article,
        author=query.author,
        section=query.section,
        language=query.language,
        label=query.label,
        reason=query.reason,
        unscored=query.unscored == "1",
        escalated=query.escalated == "1",
    )
    page = await call.context.listing.held(
        call.caller.site, query.order, wanted, query.cursor, query.limit
    )
    return json_response({"comments": page.items, "next": page.next})


async def decide(call: Call) -> web.Response:
    """Record what a person decided on the version that they saw."""
    comment = call.comment_id()
    version = expected_version(call.request)
    body = await call.body(DecisionBody)
    answer = await call.context.review.decide(
        PersonalDecision(
            comment=comment,
            site=call.caller.site,
            expected_version=version,
            decision=body.outcome(),
            actor_id=body.actor.id,
            actor_name=body.actor.name,
            via=call.caller.via,
            reason=body.reason,
            note=body.note,
        )
    )
    return json_response(answer, headers={"ETag": etag(answer["version"])})


async def history(call: Call) -> web.Response:
    """List everything that happened to a comment."""
    events = await call.context.listing.history(call.caller.site, call.comment_id())
    return json_response({"events": events})
