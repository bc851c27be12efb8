"""A held comment as a card: what the template needs, said once for all pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from moderation.domain.decision import ReasonCode
from moderation.web.review.reasons import why
from moderation.web.review.text import plain, rendered
from moderation.web.review.wording import begun, old

Item = Mapping[str, Any]
Places = Iterable[tuple[int, int]]

_STEP = " \u203a "  # an angle quotation mark, as in breadcrumbs
#: Of a pseudonym, enough to tell the authors of one page apart.
_SHOWN_OF_AUTHOR = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`state`: held, approve, reject or gone (no text); `why`: sentences; `age`: `3 h old`.

    `drawn`: an approval that is read as if it were held, and alone.
    """

    id: str
    version: int
    state: str
    drawn: bool
    author: str
    pseudonym: str | None
    where: str
    article: str | None
    url: str | None
    age: str
    received_at: str
    language: str | None
    parent: Markup | None
    text: Markup | None
    is_html: bool
    why: list[str]
    escalation: str | None
    note: Markup | None


def card(item: Item, *, now: datetime | None = None, marks: Places = ()) -> Card:
    """Return an item, as a queue or a search has it, as a card."""
    context = item.get("context") or {}
    said = (item.get("author") or {}).get("name")
    pseudonym = item.get("author_pseudonym") or (item.get("author") or {}).get("id")
    escalation = item.get("escalation")
    parent, text, note = (
        context.get("parent_text"),
        item.get("text"),
        (escalation or {}).get("note"),
    )
    return Card(
        id=item["id"],
        version=item["version"],
        state=state_of(item),
        drawn=bool(item.get("drawn")),
        author=plain(said or "")
        or (f"Author {pseudonym[:_SHOWN_OF_AUTHOR]}" if pseudonym else "No author"),
        pseudonym=pseudonym,
        where=_where(context),
        article=context.get("article_id"),
        url=_web_address(context.get("url")),
        age=old(item["received_at"], now),
        received_at=item["received_at"],
        language=item.get("language"),
        parent=rendered(parent) if parent else None,
        text=rendered(text, marks) if text is not None else None,
        is_html=item.get("text_format") == "html",
        why=_reasons(item),
        escalation=_escalated(escalation) if escalation else None,
        note=rendered(note) if note else None,
    )


def state_of(item: Item) -> str:
    """Return what a card shows: held, approve, reject, or gone where nothing is left to decide."""
    if item.get("status") == "erased":
        return "gone"
    decision = item.get("decision")
    return decision if decision in {"approve", "reject"} else "held"


def held_for(item: Item) -> set[str]:
    """Return the labels whose scores held a comment."""
    over = ReasonCode.SCORE_OVER_THRESHOLD
    return {reason["label"] for reason in item.get("reasons") or [] if reason["code"] == over}


def _reasons(item: Item) -> list[str]:
    """Return a sentence a reason; an approval that is read blind names none."""
    reasons = item.get("reasons") or []
    if not reasons and item.get("drawn"):
        return ["Drawn by lot to see what the model misses; its scores are hidden."]
    return [why(reason) for reason in reasons]


def _where(context: Mapping[str, Any]) -> str:
    parts = [context.get("title") or context.get("article_id"), context.get("section")]
    return _STEP.join(plain(part) for part in parts if part)


def _web_address(url: str | None) -> str | None:
    """Return an address that may stand behind a link: what a caller sends may be a script."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None


def _escalated(escalation: Mapping[str, Any]) -> str:
    actor = {"name": escalation.get("by") or "Somebody"}
    return begun({"type": "escalated", "actor": actor})
