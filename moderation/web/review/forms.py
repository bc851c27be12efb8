"""Plain forms, for what has to work without a script: how their fields are read."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import web

from moderation.web.call import READER
from moderation.web.problems import Problem

FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 16


async def read_form(request: web.Request) -> Mapping[str, str]:
    """Return a form's fields. Raises Problem; what was typed is in none."""
    raw = await request.app[READER].read(request, FORM)
    try:
        fields = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:  # UnicodeDecodeError is one
        raise Problem("bad-request", "this is not how a browser sends a form") from None
    return dict(fields)
