"""Request headers that change what an answer is: waiting, versions, idempotency."""

from __future__ import annotations

import re

from aiohttp import hdrs, web

from moderation.web.auth import Caller
from moderation.web.problems import Problem

_MAX_KEY = 256
_ETAG = re.compile(r'"([1-9][0-9]{0,14})"')


def wait_s(request: web.Request, most_s: float) -> float | None:
    """Return how long the caller prefers to wait (seconds, RFC 7240), None if it does not say.

    The first `wait` counts, as RFC 7240 has it. More than `most_s` is cut to that; what is not a
    number of seconds is a Problem.
    """
    for preference in ",".join(request.headers.getall("Prefer", [])).split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() != "wait":
            continue
        value = value.strip().strip('"')
        if not (value.isascii() and value.isdigit() and len(value) < 10):  # noqa: PLR2004
            raise Problem("bad-request", "`Prefer: wait=` takes a number of seconds")
        return min(float(value), most_s)
    return None


def applied(wait: float | None) -> dict[str, str]:
    """Return the header that says which preference was honoured."""
    return {} if wait is None else {"Preference-Applied": f"wait={wait:g}"}


def expected_version(request: web.Request) -> int:
    """Return the version that the caller saw. Raises Problem: 428 without If-Match, else 400."""
    given = request.headers.getall(hdrs.IF_MATCH, [])
    if not given:
        raise Problem(
            "version-required", "send the ETag of the answer that the person saw as If-Match"
        )
    found = _ETAG.fullmatch(given[0].strip()) if len(given) == 1 else None
    if found is None:
        raise Problem("bad-request", "If-Match must be one strong ETag that was given out here")
    return int(found[1])


def etag(version: int) -> str:
    """Return the ETag of a version."""
    return f'"{version}"'


def is_known(request: web.Request, version: int) -> bool:
    """Return whether If-None-Match says that the caller has this version already."""
    known = {part.strip() for part in request.headers.get(hdrs.IF_NONE_MATCH, "").split(",")}
    return bool(known & {etag(version), f"W/{etag(version)}", "*"})


def idempotency_key(request: web.Request, caller: Caller) -> str | None:
    """Return the name under which a retry is known: Idempotency-Key, else webhook-id.

    A signed message's key is its webhook-id, which the signature covers: an Idempotency-Key that
    says otherwise would let a replay pass for a new message. Raises Problem 400.
    """
    given = request.headers.getall("Idempotency-Key", [])
    if caller.message_id is not None:
        if given and given != [caller.message_id]:
            raise Problem("bad-request", "a signed message's idempotency key is its webhook-id")
        given = [caller.message_id]
    given = given or request.headers.getall("webhook-id", [])
    if not given:
        return None
    key = given[0]
    if len(given) > 1 or not key.isascii() or not key.isprintable() or not 0 < len(key) <= _MAX_KEY:
        raise Problem("bad-request", "an idempotency key is one name of 1 to 256 ASCII characters")
    return key
