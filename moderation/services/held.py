"""What is held, by order and filter: the one place that turns both into indexes and conditions.

Every order has an index of its own, so that a page costs the same however much is held. A filter is
tested along the order, over a bounded stretch: a rare match comes with the position to go on from.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from moderation.domain.comment import keyed_hash
from moderation.services.answers import answer
from moderation.store import intake, reading
from moderation.store.reading import Condition
from moderation.store.store import Store

#: Each order's index. By threshold, what no score decided comes last; by article and by author,
#: those of one stand together, in no order that means anything.
ORDERS = {
    "priority": "pri", "score": "scr", "age": "age", "threshold": "thr", "article": "gar",
    "author": "gau",
}  # fmt: skip


_PSEUDONYM = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFilter:
    """Which held comments; None and False ask for nothing.

    `article`, `author` and `section` are the site's own names; an author's pseudonym does as well.
    `label` and `reason` are codes, `language` an ISO 639 code. `older_s` and `younger_s` bound the
    age in seconds; `score_from` (inclusive) and `score_to` (exclusive) the severity in [0, 1].
    `mine`: claimed by who asks. `escalated`: those that are, instead of those that are not.
    """

    article: str | None = None
    author: str | None = None
    section: str | None = None
    language: str | None = None
    label: str | None = None
    reason: str | None = None
    older_s: float | None = None
    younger_s: float | None = None
    score_from: float | None = None
    score_to: float | None = None
    unscored: bool = False
    mine: bool = False
    escalated: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some answers, and the cursor for those behind them; None at the end of a held list."""

    items: list[dict[str, Any]]
    next: str | None


def indexes(store: Store, site: str, order: str, wanted: HeldFilter) -> dict[int, str]:
    """Return the index to read on each shard. Escalated ones and an article's come by age."""
    if wanted.escalated:
        return reading.held_indexes(store, site, "esc", None)
    return reading.held_indexes(store, site, ORDERS[order], wanted.article)


def conditions(store: Store, site: str, wanted: HeldFilter, person: str = "") -> list[Condition]:
    """Return what a comment must be to be listed; `person` is who asks for `mine`."""
    return list(_conditions(store, site, wanted, person))


def _conditions(store: Store, site: str, wanted: HeldFilter, person: str) -> Iterator[Condition]:
    for code in (wanted.label, wanted.reason, "unscored" if wanted.unscored else None):
        if code:
            yield Condition("why", "has", code)
    if wanted.author is not None:
        yield Condition("aut", "in", ",".join(pseudonyms(store, site, wanted.author)))
    if wanted.section is not None:
        yield Condition("sec", "=", intake.section_hash(store, site, wanted.section))
    if wanted.language is not None:
        yield Condition("lg", "=", wanted.language)
    if wanted.escalated and wanted.article is not None:
        yield Condition("art", "=", article_hash(store, site, wanted.article))
    if wanted.mine:
        yield Condition("lp", "held", person)
    yield from _bounds(wanted, time.time() * 1000)


def _bounds(wanted: HeldFilter, now_ms: float) -> Iterator[Condition]:
    if wanted.older_s is not None:
        yield Condition("rcv", "<", str(now_ms - wanted.older_s * 1000))
    if wanted.younger_s is not None:
        yield Condition("rcv", ">=", str(now_ms - wanted.younger_s * 1000))
    if wanted.score_from is not None:
        yield Condition("sev", ">=", str(wanted.score_from))
    if wanted.score_to is not None:
        yield Condition("sev", "<", str(wanted.score_to))


def pseudonyms(store: Store, site: str, author: str) -> list[str]:
    """Return what an author may be known by here: one that looks like a pseudonym may be a name."""
    hashed = keyed_hash(store.secret, "author", site, author)
    return [hashed, author] if _PSEUDONYM.fullmatch(author) else [hashed]


def article_hash(store: Store, site: str, article: str) -> str:
    """Return what an article is known by here."""
    return keyed_hash(store.secret, "article", site, article)


def with_text(record: reading.Record) -> dict[str, Any]:
    """Return an answer with what a moderator reads; the author is a pseudonym."""
    said = record.submission
    shown = asdict(said) if said else {}
    fields = ("text", "text_format", "author", "context", "metadata")
    found = {**answer(record), **{name: shown.get(name) for name in fields}}
    return {**found, "language": found["language"] or shown.get("language")}
