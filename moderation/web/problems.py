"""Refusals as RFC 9457 problem+json: each error of the domain is mapped to HTTP here and only here.

A problem says what rule was broken, in fixed phrases; it never repeats what the caller sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from moderation.domain.errors import (
    ConflictError,
    EscalatedError,
    FourEyesError,
    InvalidError,
    ModerationError,
    NoScoreError,
    NotAppealableError,
    NotFoundError,
    NotInBulkError,
    OverloadedError,
    SiteOverloadedError,
    StaleError,
    StoreDownError,
)
from moderation.services.answers import timestamp

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:comment-moderation:problem:"

#: Every kind of problem: its status and its title, as the documentation lists them.
KINDS: dict[str, tuple[HTTPStatus, str]] = {
    "bad-request": (HTTPStatus.BAD_REQUEST, "The request is malformed"),
    "unauthorized": (HTTPStatus.UNAUTHORIZED, "The caller is not known"),
    "forbidden": (HTTPStatus.FORBIDDEN, "The caller may not do this"),
    "four-eyes": (HTTPStatus.FORBIDDEN, "Another person must decide"),
    "not-found": (HTTPStatus.NOT_FOUND, "No such thing for this caller"),
    "method-not-allowed": (HTTPStatus.METHOD_NOT_ALLOWED, "No such method here"),
    "timeout": (HTTPStatus.REQUEST_TIMEOUT, "The body took too long to arrive"),
    "conflict": (HTTPStatus.CONFLICT, "The name was used for something else"),
    "not-appealable": (HTTPStatus.CONFLICT, "This decision can't be appealed"),
    "stale": (HTTPStatus.PRECONDITION_FAILED, "Someone else acted first"),
    "too-large": (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too long"),
    "unsupported": (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Only plain JSON in UTF-8 is read"),
    "expectation": (HTTPStatus.EXPECTATION_FAILED, "No such expectation can be met"),
    "invalid": (HTTPStatus.UNPROCESSABLE_ENTITY, "The body says something that cannot be"),
    "version-required": (HTTPStatus.PRECONDITION_REQUIRED, "If-Match is required"),
    "site-overloaded": (HTTPStatus.TOO_MANY_REQUESTS, "The site has more than its share"),
    "internal": (HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here"),
    "overloaded": (HTTPStatus.SERVICE_UNAVAILABLE, "The service is overloaded"),
    "no-score": (HTTPStatus.SERVICE_UNAVAILABLE, "The model gives no score"),
    "store-down": (HTTPStatus.SERVICE_UNAVAILABLE, "The store can't be reached"),
    "draining": (HTTPStatus.SERVICE_UNAVAILABLE, "This process is about to end"),
}

#: The refusals of the domain; the narrower one first.
_OF_DOMAIN: tuple[tuple[type[ModerationError], str], ...] = (
    (SiteOverloadedError, "site-overloaded"),
    (OverloadedError, "overloaded"),
    (NoScoreError, "no-score"),
    (StoreDownError, "store-down"),
    (ConflictError, "conflict"),
    (NotAppealableError, "not-appealable"),
    (FourEyesError, "four-eyes"),
    (EscalatedError, "forbidden"),
    (NotInBulkError, "conflict"),
    (NotFoundError, "not-found"),
    (InvalidError, "bad-request"),
)
#: Seconds to wait where the refusal itself does not know.
_RETRY_S = {"store-down": 1}


class Problem(Exception):  # noqa: N818 - the name that RFC 9457 gives it
    """A refusal on its way to the caller. `extra` are further members of the problem."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        close: bool = False,
        **extra: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.close = close
        self.extra = extra

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return int(KINDS[self.kind][0])

    def to_dict(self) -> dict[str, Any]:
        """Return the problem's members."""
        status, title = KINDS[self.kind]
        members = {"type": _TYPE + self.kind, "title": title, "status": int(status)}
        return {**members, "detail": self.detail, **self.extra}

    def body(self) -> bytes:
        """Return the members as JSON."""
        return json.dumps(self.to_dict()).encode()

    def response(self) -> web.Response:
        """Return the problem as an answer."""
        response = web.Response(
            status=self.status,
            body=self.body(),
            headers=self.headers,
            content_type=MEDIA_TYPE,
        )
        if self.close:
            response.force_close()
        return response


def of_domain(error: ModerationError) -> Problem:
    """Return the problem that a refusal of the domain is."""
    if isinstance(error, StaleError):
        return _stale(error)
    for refusal, kind in _OF_DOMAIN:
        if isinstance(error, refusal):
            retry_after_s = getattr(error, "retry_after", _RETRY_S.get(kind))
            headers = {"Retry-After": str(retry_after_s)} if retry_after_s else {}
            return Problem(kind, str(error), headers=headers)
    return internal()


def internal() -> Problem:
    """Return the problem that says nothing but that the fault is here."""
    return Problem("internal", "the request could not be answered; its fate is not known")


def of_http(error: web.HTTPException) -> Problem:
    """Return the problem for a refusal of aiohttp's own router; its text may quote the request."""
    match error:
        case web.HTTPNotFound():
            return Problem("not-found", "there is nothing at this path")
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(error.allowed_methods))
            return Problem("method-not-allowed", "see Allow", headers={"Allow": allowed})
        case web.HTTPExpectationFailed():
            return Problem("expectation", "only 100-continue can be expected", close=True)
    return internal()


def overloaded(detail: str) -> Problem:
    """Return the 503 of a process that has too much in hand."""
    return Problem("overloaded", detail, headers={"Retry-After": "1"}, close=True)


def draining() -> Problem:
    """Return the 503 of a process that is about to end and takes in nothing new."""
    return Problem(
        "draining",
        "another process will take it; nothing was stored",
        headers={"Retry-After": "1"},
        close=True,
    )


def _stale(error: StaleError) -> Problem:
    """Name who acted and when; what they noted is for the history."""
    event = error.event
    version = int(event["version"])
    changed: dict[str, Any] = {name: event.get(name) for name in ("type", "decision", "decided_by")}
    actor = event.get("actor")
    changed["actor"] = {name: actor.get(name) for name in ("id", "name")} if actor else None
    changed["at"] = timestamp(event["at"]) if "at" in event else None
    return Problem(
        "stale",
        str(error),
        headers={"ETag": f'"{version}"'},
        current_version=version,
        changed=changed,
    )
