"""A comment as a card, and the filters that an address names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from moderation.services.held import HeldFilter
from moderation.web.review.queries import given
from moderation.web.review.queue.cards import card, held_for, state_of
from moderation.web.review.queue.filters import FIELDS, ORDERS, QueueQuery
from moderation.web.review.queue.history import told

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
AT = "2026-01-02T11:48:00.000Z"


def item(**fields: Any) -> dict[str, Any]:
    over = {"code": "score_over_threshold", "label": "insult", "score": 0.7, "threshold": 0.5}
    whole = {
        "id": "c_" + "1" * 32, "version": 2, "status": "decided", "decision": "hold",
        "received_at": AT, "reasons": [{**over, "detail": None}], "text": "a <b> & c",
        "author_pseudonym": "ab12cd" + "0" * 26, "language": "en",
    }  # fmt: skip
    return {**whole, **fields}


def test_a_card_says_who_where_and_when():
    context = {"title": "The plan", "section": "Local", "article_id": "a-1", "parent_text": "<i>"}
    shown = card(item(context=context), now=NOW, marks=[(0, 1)])
    assert (shown.author, shown.where, shown.age) == (
        "Author ab12cd",
        "The plan \u203a Local",
        "12 min old",
    )
    assert shown.text == "<mark>a</mark> &lt;b&gt; &amp; c"
    assert shown.parent == "&lt;i&gt;"
    assert shown.why == ["Insult 0.70; held from 0.50."]
    assert (shown.state, shown.article, shown.url) == ("held", "a-1", None)


def test_no_name_or_title_turns_what_stands_beside_it():
    context = {"title": "\u202eeltit a", "section": "\u2067sport"}
    shown = card(item(author={"name": "\u202eadA\u200b"}, context=context))
    assert (shown.author, shown.where) == ("adA", "eltit a \u203a sport")
    assert card(item(author={"name": "\u202e"}, author_pseudonym=None)).author == "No author"


def test_a_card_makes_do_with_what_there_is():
    shown = card(item(author_pseudonym=None, text=None, reasons=[], context=None), now=NOW)
    assert (shown.author, shown.where, shown.text, shown.why) == ("No author", "", None, [])
    named = card(item(author={"id": "x" * 32, "name": "Kim"}, author_pseudonym=None))
    assert (named.author, named.pseudonym) == ("Kim", "x" * 32)


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://news.example/a", True),
        ("http://news.example", True),
        ("javascript:alert(1)", False),
        ("//news.example", False),
        ("https:", False),
        ("http://[", False),
        ("data:text/html,x", False),
    ],
)
def test_only_addresses_of_the_web_are_linked(url: str, linked: bool):
    assert card(item(context={"url": url})).url == (url if linked else None)


def test_an_escalation_is_told_with_its_note():
    shown = card(item(escalation={"by": "Grace H.", "note": "<b>?", "at": AT}))
    assert (shown.escalation, shown.note) == ("Grace H. escalated it", "&lt;b&gt;?")
    nameless = card(item(escalation={"by": None, "note": None, "at": AT}))
    assert nameless.escalation == "Somebody escalated it"


def test_the_state_of_a_card_is_its_decision():
    assert state_of(item()) == "held"
    assert state_of(item(decision=None, status="pending")) == "held"
    assert state_of(item(decision="approve")) == "approve"
    assert state_of(item(status="erased", decision="approve")) == "gone"
    assert held_for(item()) == {"insult"}


def test_a_history_tells_what_machines_went_by():
    event = {
        "type": "decided", "at": AT, "decision": "hold", "decided_by": "model",
        "reasons": item()["reasons"], "model": {"name": "m", "version": "2"},
        "policy": {"name": "default", "version": 3},
    }  # fmt: skip
    assert told(event, {}) == {
        "at": AT,
        "when": "2026-01-02 11:48:00 UTC",
        "said": "Held by the model",
        "why": ["Insult 0.70; held from 0.50."],
        "note": None,
        "by": "model m 2, policy default 3",
    }
    by_person = {**event, "decided_by": "person", "actor": {"id": "p", "name": "Ada"}, "note": "<"}
    assert told(by_person, {})["why"] == []
    assert (told(by_person, {})["note"], told(by_person, {})["by"]) == ("&lt;", "")


def test_an_address_names_a_filter():
    query = QueueQuery.model_validate(
        given({"order": "age", "article": "a-1", "older_h": "2.5", "mine": "1", "reason": " ",
               "score_from": "0.5", "later": "unknown"})
    )  # fmt: skip
    assert query.wanted() == HeldFilter(article="a-1", older_s=9000, mine=True, score_from=0.5)
    assert query.is_filtered()
    assert query.as_fields()["mine"] == "1"
    assert not QueueQuery.model_validate({"order": "author"}).is_filtered()


@pytest.mark.parametrize(
    "wrong",
    [{"order": "best"}, {"older_h": "soon"}, {"score_to": "nan"}, {"language": "English"},
     {"label": "<b>"}, {"younger_h": "-1"}, {"article": "x" * 600}],
)  # fmt: skip
def test_a_filter_that_means_nothing_is_refused(wrong: dict[str, str]):
    with pytest.raises(ValidationError):
        QueueQuery.model_validate(wrong)


def test_the_form_has_every_filter_and_order():
    fields = {field.name for field in FIELDS}
    assert fields == set(QueueQuery.model_fields) - {"site", "order", "cursor"}
    for order, _ in ORDERS:
        assert QueueQuery(order=order).order == order  # type: ignore[arg-type]
