"""Who is signed in: the cookie, and what each handler asks of whoever calls it.

The cookie holds a token that nobody but the store can tell anything from; it is never logged. API
keys open nothing here, and a session opens nothing of the API.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from urllib.parse import urlencode

from aiohttp import hdrs, web

from moderation.domain.people import Right
from moderation.services.sessions import SignedIn
from moderation.web.context import CONTEXT
from moderation.web.problems import Problem
from moderation.web.review.access.cookies import Cookie
from moderation.web.review.access.origin import is_from_page
from moderation.web.review.forms import FORM, read_form

CSRF_HEADER = "X-CSRF-Token"
_COOKIE = Cookie("__Host-session", "moderation_session")
_SAFE = {"GET", "HEAD"}
#: Where a handler that `require` wraps finds who is signed in.
SIGNED_IN: web.RequestKey[SignedIn] = web.RequestKey("signed_in", SignedIn)
#: Where the fields of a form are found that one of our pages sent.
FIELDS: web.RequestKey[Mapping[str, str]] = web.RequestKey("fields", Mapping)

PageHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def signed_in(request: web.Request) -> SignedIn | None:
    """Return who is signed in, as they are now; None for nobody. Raises StoreDownError."""
    token = session_token(request)
    return await request.app[CONTEXT].people.sessions.find(token) if token else None


def require(right: Right) -> Callable[[PageHandler], PageHandler]:
    """Return a wrapper for handlers that answers only those who are signed in and may do this.

    Others are led to the sign-in where they wanted a page, else the handler raises Problem: 401 for
    nobody, 403 without the right, or for a POST that our own page did not send.
    """

    def wrap(handler: PageHandler) -> PageHandler:
        @wraps(handler)
        async def guarded(request: web.Request) -> web.StreamResponse:
            signed = await signed_in(request)
            if signed is None:
                if _wants_page(request):
                    return redirect(f"/login?{urlencode({'next': request.path_qs})}")
                raise Problem("unauthorized", "you are not signed in")
            if request.method not in _SAFE:
                await check_sent_by_page(request, signed)
            if not signed.person.may(right):
                raise Problem("forbidden", "your role does not allow this")
            request[SIGNED_IN] = signed
            return await handler(request)

        return guarded

    return wrap


async def check_sent_by_page(request: web.Request, signed: SignedIn) -> None:
    """Raise Problem 403 unless our own page sent this: by its origin and what only it knows.

    A script says that in a header, a plain form in its field `csrf`; a form's fields are then found
    under FIELDS.
    """
    if not is_from_page(request, request.app[CONTEXT].settings.review):
        raise Problem("forbidden", "this was sent by another site than the page's own")
    token = request.headers.get(CSRF_HEADER, "")
    if request.content_type == FORM:
        request[FIELDS] = fields = await read_form(request)
        token = fields.get("csrf", "")
    given = token.encode(errors="surrogateescape")
    if not hmac.compare_digest(given, signed.csrf.encode()):
        raise Problem(
            "forbidden", "the page's token is missing or of another session: load it anew"
        )


def fields(request: web.Request) -> Mapping[str, str]:
    """Return the fields of the form that a handler was sent. Raises Problem for another body."""
    found: Mapping[str, str] | None = request.get(FIELDS)
    if found is None:
        raise Problem("unsupported", "this takes a form")
    return found


def session_token(request: web.Request) -> str:
    """Return the token that the browser sent, empty without one."""
    return _COOKIE.read(request)


def keep_session(request: web.Request, response: web.Response, signed: SignedIn) -> None:
    """Give the browser its session; the server ends it, so the cookie itself has no end."""
    _COOKIE.give(request, response, signed.token)


def forget_session(request: web.Request, response: web.Response) -> None:
    """Take the cookie back."""
    _COOKIE.take_back(request, response)


def redirect(place: str) -> web.Response:
    """Return the answer that leads a browser to a place of ours."""
    return web.Response(status=303, headers={hdrs.LOCATION: place})


def _wants_page(request: web.Request) -> bool:
    return request.method in _SAFE and "text/html" in request.headers.get(hdrs.ACCEPT, "")
