"""What a moderator reads: the queue, one comment with its history, and what is around it."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from moderation.domain.errors import NotFoundError
from moderation.domain.people import Right
from moderation.services.held import Page
from moderation.web.problems import Problem
from moderation.web.review.queries import asked
from moderation.web.review.queue.cards import held_for
from moderation.web.review.queue.filters import FIELDS, ORDERS, QueueQuery
from moderation.web.review.queue.history import told
from moderation.web.review.text import marks_of, rendered
from moderation.web.review.visit import Visit, visit
from moderation.web.review.wording import THREAD, ago, named

#: How many cards come at once; each is leased to its reader.
_CARDS = 10
_STATES = {"held": "Held", "approve": "Approved", "reject": "Rejected", "gone": "Erased"}


async def queue(request: web.Request) -> web.Response:
    """Show what is held, the first of it leased to the reader."""
    here, query = visit(request), asked(request, QueueQuery)
    found = await _cards(here, query)
    return here.page(
        "queue.html",
        here="queue",
        cards=[here.card(item) for item in found.items],
        next=found.next,
        orders=ORDERS,
        fields=[
            field
            for field in FIELDS
            if field.name != "escalated" or here.person.may(Right.ESCALATED)
        ],
        query=query.as_fields(),
        filtered=query.is_filtered(),
    )


async def more(request: web.Request) -> web.Response:
    """Return the next cards, for the page to add."""
    here = visit(request)
    found = await _cards(here, asked(request, QueueQuery))
    return here.page("cards.html", cards=[here.card(item) for item in found.items], next=found.next)


async def item(request: web.Request) -> web.Response:
    """Show one comment and everything that happened to it."""
    here = visit(request)
    (found,) = await _one(here)
    return here.page(
        "item.html",
        card=here.card(found),
        external_id=found["external_id"],
        appeal=found["appeal"],
        scores=[(named(label), f"{score:.2f}") for label, score in (found["scores"] or {}).items()],
        model=found["model"],
        policy=found["policy"],
        events=await _history(here),
    )


async def history(request: web.Request) -> web.Response:
    """Return a comment's history anew, after something was done there."""
    here = visit(request)
    return here.page("history.html", events=await _history(here))


async def marked(request: web.Request) -> web.Response:
    """Return a comment's text with the words that raised its score most.

    What was drawn to be read blind has none: they would tell what the model thought.
    """
    here = visit(request)
    (found,) = await _one(here)
    if found["drawn"]:
        return here.page("marked.html", card=here.card(found))
    explanation = await here.context.explaining.explain(here.site, here.comment)
    same = explanation["revision"] == found["revision"]
    marks = marks_of(explanation, held_for(found)) if same else []
    return here.page("marked.html", card=here.card(found, marks=marks))


async def author(request: web.Request) -> web.Response:
    """Return what else a comment's author wrote."""
    here = visit(request)
    (found,) = await _one(here)
    shown = here.card(found)
    past = await here.context.reviewing.author(here.site, here.person, here.comment)
    share = past["share_rejected"]
    return here.page(
        "author.html",
        name=shown.author,
        pseudonym=shown.pseudonym,
        posted=past["posted"],
        approved=past["approved"],
        rejected=past["rejected"],
        share=None if share is None else f"{share:.0%}",
        cards=[here.card(one) for one in past["last"]],
        notes=[
            {"by": one["by"] or "Somebody", "when": ago(one["at"]), "said": rendered(one["note"])}
            for one in past["notes"]
        ],
        states=_STATES,
    )


async def thread(request: web.Request) -> web.Response:
    """Return what a comment answers, and what else was said on its article."""
    here = visit(request)
    (found,) = await _one(here)
    shown = here.card(found)
    groups = await here.context.reviewing.thread(here.site, here.comment)
    return here.page(
        "thread.html",
        article=shown.where,
        article_id=shown.article,
        url=shown.url,
        parent=None if dict(groups)["parent"] else shown.parent,
        groups=[
            (THREAD[name], [here.card(one) for one in cards]) for name, cards in groups if cards
        ],
        states=_STATES,
    )


async def _cards(here: Visit, query: QueueQuery) -> Page:
    if query.escalated and not here.person.may(Right.ESCALATED):
        raise Problem("forbidden", "what was escalated is for administrators")
    return await here.context.reviewing.cards(
        here.site,
        here.person,
        order=query.order,
        wanted=query.wanted(),
        cursor=query.cursor,
        count=_CARDS,
        claim=here.person.may(Right.DECIDE),
    )


async def _one(here: Visit) -> list[dict[str, Any]]:
    found = await here.context.reviewing.shown(here.site, [here.comment])
    if not found:
        raise NotFoundError("no such comment")
    return found


async def _history(here: Visit) -> list[dict[str, Any]]:
    events = await here.context.listing.history(here.site, here.comment)
    return [told(event, here.reject_labels) for event in reversed(events)]
