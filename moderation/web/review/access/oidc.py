"""Signing in by the provider: the way there, and the way back.

What comes back in the address, a code and a state, is used up here and told to no log or page. A
refusal is the sign-in page with a sentence, so that whoever has a password can use it.
"""

from __future__ import annotations

import structlog
from aiohttp import web

from moderation.domain.errors import SignOnError, ThrottledError, WrongPasswordError
from moderation.services.single_sign_on import PENDING_S, SingleSignOn
from moderation.web.context import CONTEXT
from moderation.web.review.access.cookies import Cookie
from moderation.web.review.access.login import ELSEWHERE, count, form, let_in, place, throttled
from moderation.web.review.access.origin import client_address, own_origin
from moderation.web.review.access.session import redirect

_START, _RETURN = "/login/oidc", "/login/oidc/return"
#: What binds a sign-in to its browser.
_COOKIE = Cookie("__Host-sign-on", "moderation_sign_on")
_SIGN_ON: web.AppKey[SingleSignOn] = web.AppKey("sign_on", SingleSignOn)
_DOWN = 503
#: Why nobody was let in, as far as it helps whoever reads it.
_SAID = {
    "down": "Single sign-on can't be reached just now. Try again in a moment.",
    "denied": "The sign-on was broken off. Nothing was done.",
    "state": "This sign-in took too long, was used, or began in another browser. Try again.",
    "token": "Single sign-on gave an answer that is not accepted here. Try again.",
    "refused": "You are known, but in no group that may come in. Ask an administrator.",
    "disabled": "Your account is disabled. Ask an administrator.",
}
_HERE = {"same-origin", "none"}

log = structlog.get_logger("moderation.web")


def mount(app: web.Application) -> None:
    """Add the routes; for who has a provider."""
    context = app[CONTEXT]
    app[_SIGN_ON] = SingleSignOn(context.store, context.settings, context.people)
    app.router.add_get(_START, _start, allow_head=False)
    app.router.add_get(_RETURN, _return, allow_head=False)


async def _start(request: web.Request) -> web.Response:
    """Lead the browser to the provider."""
    review, wanted = request.app[CONTEXT].settings.review, place(request.query.get("next", "/"))
    own = own_origin(request, review)
    if own is None:
        count(request, "elsewhere")
        return form(request, "login.html", 403, next=wanted, problem=ELSEWHERE)
    if request.headers.get("Sec-Fetch-Site", "none") not in _HERE:
        return form(request, "login.html", 200, next=wanted)  # a link of elsewhere begins nothing
    client = client_address(request, review)
    try:
        begun = await request.app[_SIGN_ON].begin(f"{own}{_RETURN}", wanted, client=client)
    except ThrottledError as error:
        return throttled(request, error, next=wanted)
    except SignOnError as error:
        return _refused(request, error.why, wanted)
    answer = redirect(begun.place)
    _COOKIE.give(request, answer, begun.browser, PENDING_S)
    return answer


async def _return(request: web.Request) -> web.Response:
    """Let in whoever the provider sends back."""
    review = request.app[CONTEXT].settings.review
    client, browser = client_address(request, review), _COOKIE.read(request)
    # What is said twice may mean two things: it is as unsaid.
    said = {key: one for key, one in request.query.items() if len(request.query.getall(key)) == 1}
    try:
        ended = await request.app[_SIGN_ON].finish(said, browser, client=client)
    except SignOnError as error:
        answer = _refused(request, error.why, "/")
        if error.why == "state":  # the one that this browser did begin is still open
            return answer
    except WrongPasswordError:  # disabled in that very moment
        answer = _refused(request, "disabled", "/")
    else:
        answer = await let_in(request, ended.signed, ended.wanted, "sign_on")
    _COOKIE.take_back(request, answer)
    return answer


def _refused(request: web.Request, why: str, wanted: str) -> web.Response:
    count(request, f"sign_on_{why}")
    log.info("single sign-on let nobody in", why=why)
    status = _DOWN if why == "down" else 403
    answer = form(request, "login.html", status, next=wanted, problem=_SAID[why])
    if why == "down":
        answer.headers["Retry-After"] = "5"
    return answer
