"""Signing in: by name and password, or once by a link that an administrator gave.

Both are plain forms that need no script. They answer a POST only when a page of ours sent it, so no
other site can sign somebody in as somebody else; a GET changes nothing, so whatever opens a link to
look at it does not use it up.
"""

from __future__ import annotations

import re

import aiohttp_jinja2
import structlog
from aiohttp import web

from moderation.domain.errors import (
    InvalidError,
    NotFoundError,
    ThrottledError,
    WrongPasswordError,
)
from moderation.domain.people import MIN_PASSWORD, Role
from moderation.services.sessions import SignedIn
from moderation.web.context import CONTEXT
from moderation.web.review.access.origin import client_address, is_from_page
from moderation.web.review.access.session import keep_session, redirect, session_token, signed_in
from moderation.web.review.forms import read_form

#: A path of ours: no other host, no backslash that a browser reads as a slash, nothing unprintable.
_PLACE = re.compile(r"/(?![/\\])[!-\[\]-~]{0,2000}")
_NO_PLACE = ("/login", "/welcome/")
_CODE = r"p_[0-9a-f]{16}\.[A-Za-z0-9_-]{43}"

_WRONG = "No such name and password."
ELSEWHERE = (
    "This page was opened at another address than its own, so nothing was done. "
    "Open it at the address that your administrator gave you (review.public_url)."
)

log = structlog.get_logger("moderation.web")


def routes() -> list[web.RouteDef]:
    """Return the routes of signing in."""
    return [
        web.get("/login", _show_login),
        web.post("/login", _login),
        web.get(f"/welcome/{{code:{_CODE}}}", _show_welcome),
        web.post(f"/welcome/{{code:{_CODE}}}", _welcome),
    ]


def place(wanted: str) -> str:
    """Return where somebody goes after signing in: what they wanted, if it is a page of ours."""
    return wanted if _PLACE.fullmatch(wanted) and not wanted.startswith(_NO_PLACE) else "/"


async def _show_login(request: web.Request) -> web.Response:
    wanted = place(request.query.get("next", "/"))
    if await signed_in(request):
        return redirect(wanted)
    return form(request, "login.html", 200, next=wanted)


async def _login(request: web.Request) -> web.Response:
    if not _is_ours(request):
        return form(request, "login.html", 403, next="/", problem=ELSEWHERE)
    context, given = request.app[CONTEXT], await read_form(request)
    name, wanted = given.get("name", ""), place(given.get("next", "/"))
    client = client_address(request, context.settings.review)
    try:
        signed = await context.people.sign_in(name, given.get("password", ""), client=client)
    except WrongPasswordError:
        count(request, "wrong")
        return form(request, "login.html", 403, next=wanted, name=name, problem=_WRONG)
    except ThrottledError as error:
        return throttled(request, error, next=wanted, name=name)
    return await let_in(request, signed, wanted, "signed_in")


async def _show_welcome(request: web.Request) -> web.Response:
    person = await request.app[CONTEXT].people.invited(request.match_info["code"])
    if person is None:
        return form(request, "welcome.html", 404)
    return form(request, "welcome.html", 200, person=person, least=MIN_PASSWORD)


async def _welcome(request: web.Request) -> web.Response:
    people, code = request.app[CONTEXT].people, request.match_info["code"]
    person = await people.invited(code)
    if person is None:
        count(request, "link_gone")
        return form(request, "welcome.html", 404)

    def refused(status: int, problem: str) -> web.Response:
        shown = {"person": person, "least": MIN_PASSWORD, "problem": problem}
        return form(request, "welcome.html", status, **shown)

    if not _is_ours(request):
        return refused(403, ELSEWHERE)
    given = await read_form(request)
    if given.get("password") != given.get("again"):
        return refused(422, "The two passwords differ.")
    try:
        signed = await people.redeem(code, given.get("password", ""))
    except InvalidError as error:
        return refused(422, f"{str(error).capitalize()}.")
    except NotFoundError:
        count(request, "link_gone")
        return form(request, "welcome.html", 404)
    return await let_in(request, signed, "/", "link")


async def let_in(request: web.Request, signed: SignedIn, wanted: str, result: str) -> web.Response:
    """Give the browser the new session, and end the one that it had: an id is used for one only."""
    if had := session_token(request):
        await request.app[CONTEXT].people.sessions.end(had)
    count(request, result)
    log.info("signed in", person=signed.person.id, result=result)
    answer = redirect(wanted)
    keep_session(request, answer, signed)
    return answer


def _is_ours(request: web.Request) -> bool:
    ours = is_from_page(request, request.app[CONTEXT].settings.review)
    if not ours:
        count(request, "elsewhere")
    return ours


def throttled(request: web.Request, error: ThrottledError, **shown: str) -> web.Response:
    """Return the sign-in page that says when to try again."""
    count(request, "throttled")
    minutes = -(-error.retry_after // 60)
    problem = f"Too many failed sign-ins. Try again in {minutes} min."
    answer = form(request, "login.html", 429, problem=problem, **shown)
    answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def count(request: web.Request, result: str) -> None:
    """Count a sign-in by what came of it."""
    request.app[CONTEXT].metrics.login_attempts.labels(result).inc()


def form(request: web.Request, template: str, status: int, **shown: object) -> web.Response:
    """Return a page of somebody who is not signed in."""
    oidc = request.app[CONTEXT].settings.review.oidc
    ways = {
        "sign_on": oidc.issuer and oidc.label,
        "by_password": any(map(oidc.allows_password, Role)),
        "only_admins": not oidc.allows_password(Role.MODERATOR),
    }
    return aiohttp_jinja2.render_template(template, request, {**ways, **shown}, status=status)
