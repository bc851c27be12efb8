"""Refusals in the shape of Google's APIs, as Perspective's clients parse them.

Messages and types are the original's; `details` is never empty. Nothing here repeats a comment; an
attribute's or a language's name is repeated, as the original does, after it was cut.
Source: conversationai/perspectiveapi, `2-api/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from moderation.web.call import json_response
from moderation.web.problems import Problem

_ERROR = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
#: How much of a name that the caller sent comes back.
_MOST = 64

#: What each kind of problem is there: HTTP status, status, and the reason in its details.
_STATUSES: Mapping[str, tuple[int, str, str]] = {
    "bad-request": (400, "INVALID_ARGUMENT", "INVALID_REQUEST"),
    "invalid": (400, "INVALID_ARGUMENT", "INVALID_REQUEST"),
    "too-large": (400, "INVALID_ARGUMENT", "COMMENT_TOO_LONG"),
    "unsupported": (400, "INVALID_ARGUMENT", "INVALID_REQUEST"),
    "expectation": (400, "INVALID_ARGUMENT", "INVALID_REQUEST"),
    "timeout": (408, "DEADLINE_EXCEEDED", "REQUEST_TIMEOUT"),
    "not-found": (404, "NOT_FOUND", "NOT_FOUND"),
    "method-not-allowed": (405, "INVALID_ARGUMENT", "METHOD_NOT_ALLOWED"),
    "site-overloaded": (429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"),
    "overloaded": (429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"),
    "no-score": (503, "UNAVAILABLE", "NO_SCORE"),
    "store-down": (503, "UNAVAILABLE", "STORE_DOWN"),
    "draining": (503, "UNAVAILABLE", "DRAINING"),
}


class Refused(Problem):
    """A refusal of what was asked for. `kind`: the original's `errorType`."""

    def __init__(self, message: str, kind: str = "INVALID_REQUEST", **detail: Any) -> None:  # noqa: ANN401
        super().__init__("bad-request", message)
        self.detail_entry = _refused(kind, **detail)


class BadKey(Problem):
    """The key is missing (403) or opens nothing here (400)."""

    def __init__(self, *, missing: bool) -> None:
        super().__init__("unauthorized", "")
        self.missing = missing


class Unanswered(Problem):
    """Perspective itself, where calls are passed on to it, answered too late (504) or not (503)."""

    def __init__(self, *, late: bool) -> None:
        super().__init__("no-score", "", headers={"Retry-After": "1"})
        self.late = late


def unknown(attribute: str) -> Refused:
    """Return the refusal of an attribute that nothing here knows."""
    return Refused(f"Unknown requested attribute: {attribute[:_MOST]}")


def unread(attribute: str, requested: list[str]) -> Refused:
    """Return the refusal of a language that the model does not read, for one attribute.

    Clients take the attribute out and try again.
    """
    languages = [language[:_MOST] for language in requested]
    named = attribute[:_MOST]
    return Refused(
        f"Attribute {named} does not support request languages: {', '.join(languages)}",
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        languageNotSupportedByAttributeError={
            "attribute": named,
            "detectedLanguages": languages,
            "requestedLanguages": languages,
        },
    )


def body_of(problem: Problem) -> dict[str, Any]:
    """Return the error as the original says it."""
    if isinstance(problem, Refused):
        return _error(400, problem.detail, "INVALID_ARGUMENT", problem.detail_entry)
    if isinstance(problem, BadKey):
        return _bad_key(missing=problem.missing)
    if isinstance(problem, Unanswered):
        return _unanswered(late=problem.late)
    code, status, reason = _STATUSES.get(problem.kind, (500, "INTERNAL", "INTERNAL"))
    detail = _refused(reason) if status == "INVALID_ARGUMENT" else _because(reason)
    return _error(code, problem.detail, status, detail)


def response_of(problem: Problem) -> web.Response:
    """Return the refusal as an answer, with the problem's headers."""
    error = body_of(problem)
    told = {
        name: value for name, value in problem.headers.items() if name.lower() != "www-authenticate"
    }
    response = json_response(error, HTTPStatus(error["error"]["code"]), told)
    if problem.close:
        response.force_close()
    return response


def _bad_key(*, missing: bool) -> dict[str, Any]:
    if missing:
        message = "The request is missing a valid API key."
        return _error(403, message, "PERMISSION_DENIED", _because("CONSUMER_INVALID"))
    message = "API key not valid. Please pass a valid API key."
    return _error(400, message, "INVALID_ARGUMENT", _because("API_KEY_INVALID"))


def _unanswered(*, late: bool) -> dict[str, Any]:
    if late:
        message = "Perspective did not answer in time."
        return _error(504, message, "DEADLINE_EXCEEDED", _because("UPSTREAM_TIMEOUT"))
    message = "Perspective can't be reached."
    return _error(503, message, "UNAVAILABLE", _because("UPSTREAM_UNREACHABLE"))


def _refused(kind: str, **detail: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"@type": _ERROR, "errorType": kind, **detail}


def _because(reason: str) -> dict[str, Any]:
    return {"@type": _INFO, "reason": reason, "domain": "googleapis.com"}


def _error(code: int, message: str, status: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "error": {"code": code, "message": message, "status": status, "details": [dict(detail)]}
    }
