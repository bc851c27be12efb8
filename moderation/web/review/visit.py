"""One request of somebody who is signed in: who, of which site, and the page that answers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp_jinja2
from aiohttp import web
from pydantic import BaseModel, ConfigDict

from moderation.domain.people import Person, Right
from moderation.services.sessions import SignedIn
from moderation.store.log import Actor
from moderation.web.call import READER
from moderation.web.context import CONTEXT, ApiContext
from moderation.web.problems import Problem
from moderation.web.query import Name
from moderation.web.review.access.session import SIGNED_IN
from moderation.web.review.preferences import preferences
from moderation.web.review.queue.cards import Card, Places, card
from moderation.web.review.reasons import with_labels
from moderation.web.strict_json import parse
from moderation.web.validation import validated

#: What the keys do, as the page's help and the guide for moderators tell it.
SHORTCUTS: Sequence[tuple[Sequence[str], str]] = (
    (("j", "k"), "next, previous comment"),
    (("a",), "approve"),
    (("r", "1–9"), "reject, and why; n adds a note"),  # noqa: RUF001 - a range
    (("s",), "skip: leave it to others"),
    (("e",), "escalate, with a note"),
    (("z",), "take back what you did last, one after the other"),
    (("x",), "select a comment, to decide on many at once"),
    (("⇧x",), "select all that are shown, or none"),
    (("⇧a", "⇧r"), "approve, or reject, what is selected"),
    (("u",), "what else this author wrote"),
    (("c",), "the conversation"),
    ((".",), "soften texts, or show them"),
    (("↵",), "show one softened text"),
    (("/",), "search"),
    (("?",), "this help"),
)


class Body(BaseModel):
    """What every posted body may say."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    site: Name | None = None


_Body = TypeVar("_Body", bound=Body)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a handler of the page gets."""

    request: web.Request
    signed: SignedIn
    site: str

    @property
    def person(self) -> Person:
        """Who it is."""
        return self.signed.person

    @property
    def context(self) -> ApiContext:
        """The use cases."""
        return self.request.app[CONTEXT]

    @property
    def comment(self) -> str:
        """The id in the path."""
        return self.request.match_info["id"]

    @property
    def of_site(self) -> str:
        """What an address of the page needs behind it to be of this site."""
        return f"?site={self.site}" if len(seen(self.context, self.person)) > 1 else ""

    @property
    def reject_labels(self) -> dict[str, str]:
        """What moderators read for the reasons to reject, by code."""
        return {one.code: one.label for one in self.context.settings.review.reject_reasons}

    def card(self, item: Mapping[str, Any], marks: Places = ()) -> Card:
        """Return an item, as a queue or a search has it, as a card; `marks`: places in its text."""
        return card(with_labels(item, self.reject_labels), marks=marks)

    def actor(self) -> Actor:
        """Return who this is to the installation's log."""
        return Actor(self.person.id, self.person.name, "page")

    def page(self, template: str, *, status: int = 200, **context: Any) -> web.Response:  # noqa: ANN401
        """Return a template as an answer, with what each of them needs."""
        sites = seen(self.context, self.person)
        return aiohttp_jinja2.render_template(
            template,
            self.request,
            {
                "me": self.person.name,
                "my_id": self.person.id,
                "csrf": self.signed.csrf,
                "site": self.site,
                "sites": sites,
                "of_site": self.of_site,
                "prefs": preferences(self.request),
                "may_people": self.person.manages_people,
                "may_decide": self.person.may(Right.DECIDE),
                "may_policy": self.person.may(Right.POLICY),
                "may_log": self.person.may(Right.POLICY) and self.person.sites is None,
                "may_bulk": self.person.may(Right.BULK),
                "bulk_most": self.context.settings.review.bulk_most,
                "reject_reasons": self.context.settings.review.reject_reasons,
                "shortcuts": SHORTCUTS,
                **context,
            },
            status=status,
        )


def visit(request: web.Request) -> Visit:
    """Return the visit that a GET is. Raises Problem."""
    return _of(request, request.query.get("site"))


async def posted(request: web.Request, model: type[_Body]) -> tuple[Visit, _Body]:
    """Return the visit that a POST is, and what it says. Raises Problem."""
    body = validated(model, parse(await request.app[READER].read(request)))
    return _of(request, body.site), body


def seen(context: ApiContext, person: Person) -> list[str]:
    """Return the sites that a person may see, as they are configured."""
    return [site for site in context.settings.sites if person.may_see(site)]


def _of(request: web.Request, site: str | None) -> Visit:
    signed = request[SIGNED_IN]
    sites = seen(request.app[CONTEXT], signed.person)
    if not sites:
        raise Problem("forbidden", "your account sees no site")
    if site is not None and site not in sites:
        raise Problem("not-found", "no such site for you")
    return Visit(request, signed, site or sites[0])
