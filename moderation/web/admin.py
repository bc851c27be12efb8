"""What an operator does: erase, and send again what could not be delivered."""

from __future__ import annotations

import re
from http import HTTPStatus

from aiohttp import web

from moderation.web.call import Call, json_response
from moderation.web.conditions import etag
from moderation.web.problems import Problem

_CALLBACK_ID = re.compile(r"c_[0-9a-f]{32}\.[1-9][0-9]{0,14}")


async def erase(call: Call) -> web.Response:
    """Erase a comment; a tombstone stays, so that a late retry does not bring it back."""
    answer = await call.context.keeping.erase(call.caller.site, call.comment_id(), call.caller.via)
    return json_response(answer, headers={"ETag": etag(answer["version"])})


async def failed_callbacks(call: Call) -> web.Response:
    """List the callbacks that were given up."""
    found = await call.context.listing.failed_callbacks(call.caller.site, call.query.limit)
    return json_response({"callbacks": found})


async def retry_callback(call: Call) -> web.Response:
    """Put one of them back at the start of its schedule."""
    callback = call.request.match_info["id"]
    if not _CALLBACK_ID.fullmatch(callback):
        raise Problem("not-found", "no such callback among those that failed")
    await call.context.listing.retry_callback(call.caller.site, callback)
    return json_response({"id": callback, "state": "queued"}, HTTPStatus.ACCEPTED)
