"""What somebody sets for themselves: how the page looks to them, and their own password."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from moderation.domain.errors import InvalidError, ThrottledError, WrongPasswordError
from moderation.domain.people import MIN_PASSWORD
from moderation.web.context import CONTEXT
from moderation.web.review.access.origin import client_address
from moderation.web.review.access.session import fields, keep_session, redirect
from moderation.web.review.visit import Visit, visit
from moderation.web.review.wording import for_how_long, sentence


async def settings(request: web.Request) -> web.Response:
    """Show how the page can be made to fit."""
    return await _page(visit(request), 200, changed="changed" in request.query)


async def password(request: web.Request) -> web.Response:
    """Change one's own password: the one before is asked for, and all other sessions end."""
    here, given = visit(request), fields(request)
    new = given.get("new", "")
    if new != given.get("again"):
        return await _page(here, 422, problem="The two new passwords differ.")
    review = request.app[CONTEXT].settings.review
    client = client_address(request, review)
    try:
        signed = await here.context.people.change_password(
            here.person, given.get("old", ""), new, client=client
        )
    except InvalidError as error:
        return await _page(here, 422, problem=f"{sentence(str(error))}.")
    except WrongPasswordError:
        here.context.metrics.login_attempts.labels("wrong").inc()
        return await _page(here, 403, problem="This is not the password that you have.")
    except ThrottledError as error:
        here.context.metrics.login_attempts.labels("throttled").inc()
        wait = for_how_long(error.retry_after)
        answer = await _page(here, 429, problem=f"Too many failed attempts. Try again in {wait}.")
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    answer = redirect(f"/settings?changed{here.of_site.replace('?', '&')}")
    keep_session(request, answer, signed)
    return answer


async def _page(here: Visit, status: int, **shown: Any) -> web.Response:  # noqa: ANN401
    account = await here.context.people.account(here.person.id)
    return here.page(
        "settings.html",
        status=status,
        here="settings",
        role=here.person.role.value,
        has_password=account.password is not None,
        least=MIN_PASSWORD,
        **shown,
    )
