"""People, for administrators of all sites: what `moderation people` does, on a page.

Plain forms, one act each, that need no script. A one-time link is shown in the answer to the form
that asked for it, and nowhere again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from moderation.domain.errors import ConflictError, InvalidError, LastAdminError
from moderation.domain.people import Role
from moderation.services.answers import timestamp
from moderation.services.page_links import sign_in_link
from moderation.store.people import Account
from moderation.web.problems import Problem
from moderation.web.review.access.session import fields, redirect
from moderation.web.review.visit import Visit, visit
from moderation.web.review.wording import sentence
from moderation.web.validation import validated

_REFUSED = 409
_MAX_TYPED = 4096


class _Form(BaseModel):
    """What a form of these pages holds. `sites`: names with spaces between, empty for all."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    role: Role = Role.MODERATOR
    sites: str = Field("", max_length=_MAX_TYPED)

    def chosen(self) -> list[str] | None:
        """Return the sites, None for all."""
        return self.sites.replace(",", " ").split() or None


class New(_Form):
    """An account to make."""

    name: str = Field(max_length=_MAX_TYPED)


class Change(_Form):
    """One act on an account."""

    act: Literal["role", "sites", "enable", "disable", "sessions", "link"]


async def people(request: web.Request) -> web.Response:
    """Show all accounts, and the form for another."""
    return await _list(_here(request))


async def add(request: web.Request) -> web.Response:
    """Make an account, and show the link by which its person chooses a password."""
    here, new = _here(request), validated(New, dict(fields(request)))
    some = here.context.people
    try:
        person = await some.add(new.name, new.role, new.chosen(), None, by=here.actor())
        code = await some.once_link(person.id, by=here.actor())
    except (ConflictError, InvalidError) as error:
        return await _list(here, _REFUSED, problem=_said(error), new=new)
    return await _one(here, person.id, made=True, link=_link(here, code))


async def person(request: web.Request) -> web.Response:
    """Show one account, and what can be done with it."""
    return await _one(_here(request), request.match_info["person"])


async def change(request: web.Request) -> web.Response:
    """Do one thing with an account."""
    here, asked = _here(request), validated(Change, dict(fields(request)))
    whom = request.match_info["person"]
    try:
        if asked.act == "link":
            code = await here.context.people.once_link(whom, by=here.actor())
            return await _one(here, whom, link=_link(here, code))
        await _ACTS[asked.act](here, whom, asked)
    except (InvalidError, LastAdminError) as error:
        return await _one(here, whom, _REFUSED, problem=_said(error))
    return redirect(f"/people/{whom}{here.of_site}")


_ACTS: Mapping[str, Callable[[Visit, str, Change], Awaitable[None]]] = {
    "role": lambda here, whom, asked: here.context.people.set_role(
        whom, asked.role, by=here.actor()
    ),
    "sites": lambda here, whom, asked: here.context.people.set_sites(
        whom, asked.chosen(), by=here.actor()
    ),
    "enable": lambda here, whom, _: here.context.people.set_active(
        whom, active=True, by=here.actor()
    ),
    "disable": lambda here, whom, _: here.context.people.set_active(
        whom, active=False, by=here.actor()
    ),
    "sessions": lambda here, whom, _: here.context.people.revoke(whom, by=here.actor()),
}  # fmt: skip


def _here(request: web.Request) -> Visit:
    """Return the visit of somebody who may manage people: who sees some sites only could see all.

    Raises Problem.
    """
    here = visit(request)
    if not here.person.manages_people:
        raise Problem("forbidden", "people are managed by administrators of all sites")
    return here


def _link(here: Visit, code: str) -> str:
    port = here.request.url.port
    return sign_in_link(here.context.settings, code, port)


def _said(error: Exception) -> str:
    return f"{sentence(str(error))}."


async def _list(here: Visit, status: int = 200, **shown: Any) -> web.Response:  # noqa: ANN401
    found = [_row(one) for one in await here.context.people.listed()]
    oidc = here.context.settings.review.oidc
    local = [role for role in Role if oidc.allows_password(role)]
    return _answer(here, "people.html", status, people=found, local=local, **shown)


async def _one(here: Visit, whom: str, status: int = 200, **shown: Any) -> web.Response:  # noqa: ANN401
    account = await here.context.people.account(whom)
    oidc = here.context.settings.review.oidc
    may_link = not account.signs_on and oidc.allows_password(account.person.role)
    row = _row(account)
    return _answer(here, "person.html", status, one=row, may_link=may_link, **shown)


def _answer(here: Visit, template: str, status: int, **shown: Any) -> web.Response:  # noqa: ANN401
    sites = list(here.context.settings.sites)
    return here.page(
        template, status=status, here="people", roles=list(Role), all_sites=sites, **shown
    )


def _row(account: Account) -> Mapping[str, Any]:
    one = account.person
    state = "disabled" if not one.active else "active" if _can_sign_in(account) else "invited"
    return {
        "id": one.id,
        "name": one.name,
        "role": one.role.value,
        "sites": " ".join(sorted(one.sites)) if one.sites else "",
        "active": one.active,
        "state": state,
        "signs_on": account.signs_on,
        "made": _day(account.made_at),
        "last_in": account.last_in and _day(account.last_in),
    }


def _can_sign_in(account: Account) -> bool:
    return account.signs_on or account.password is not None


def _day(at_ms: int) -> str:
    return timestamp(at_ms)[:16].replace("T", " ")
