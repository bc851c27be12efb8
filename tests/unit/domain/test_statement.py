"""Statements of reasons: of which rejection, on what ground, and what machines did to it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from moderation.domain.grounds import Category, Ground, Grounds, grounds
from moderation.domain.statement import restriction, statement

DAY = 86_400_000
RECEIVED = {"version": 1, "at": 10 * DAY, "type": "received", "revision": 1}
OVER = {"code": "score_over_threshold", "label": "identity_attack", "score": 0.91,
        "threshold": 0.5, "detail": None}  # fmt: skip
WORD = {"code": "banned_word", "label": None, "score": None, "threshold": None,
        "detail": "kanarienvogel at 3-16"}  # fmt: skip
KNOWN = {"hate": Grounds(label="Hate against a group", category=Category.SPEECH)}
C = "c_" + "0" * 32


def machine(version: int = 2, decision: str = "hold", by: str = "model", *why: Any) -> Any:
    return {"version": version, "at": 11 * DAY, "type": "decided", "decision": decision,
            "decided_by": by, "reasons": list(why or (OVER, WORD)), "language": "en"}  # fmt: skip


def person(version: int, decision: str = "reject", label: str | None = "hate", **more: Any) -> Any:
    reason = {"code": "person", "label": label, "score": None, "threshold": None, "detail": None}
    return {"version": version, "at": 12 * DAY, "type": "decided", "decision": decision,
            "decided_by": "person", "reasons": [reason], "language": "en", "received": 10 * DAY,
            "actor": {"id": "p_1", "name": "Ada"}, "note": "kanarienvogel", **more}  # fmt: skip


REJECTED = [RECEIVED, machine(), person(3)]


def made(trail: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    found = statement(C, trail, options.pop("known", KNOWN), **options)
    assert found is not None
    return found


def test_a_rejection_s_statement_has_the_database_s_fields() -> None:
    assert made(REJECTED, territory=("SE", "DE")) == {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "illegal_content_legal_ground": None,
        "illegal_content_explanation": None,
        "incompatible_content_ground": "Hate against a group",
        "incompatible_content_explanation": "A moderator judged the comment as: "
        "Hate against a group.",
        "category": "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
        "content_type": ["CONTENT_TYPE_TEXT"],
        "content_language": "EN",
        "content_date": "1970-01-11",
        "application_date": "1970-01-13",
        "territorial_scope": ["DE", "SE"],
        "decision_facts": "Automated means held the comment for a moderator: identity attack 0.91 "
        "(held from 0.50), banned word. A moderator read and rejected it. Reason: Hate against a "
        "group.",
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "Yes",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
        "puid": f"{C}-3",
    }


def test_nothing_personal_and_no_text_is_in_it() -> None:
    said = json.dumps(made(REJECTED))
    assert "kanarienvogel" not in said
    assert "Ada" not in said


def test_illegal_content_names_the_law_only_if_it_is_configured() -> None:
    law = grounds("illegal", "Against the law")
    found = made([RECEIVED, machine(), person(3, label="illegal")], known={"illegal": law})
    assert found["decision_ground"] == "DECISION_GROUND_ILLEGAL_CONTENT"
    assert found["illegal_content_legal_ground"] is None
    assert found["illegal_content_explanation"].endswith("Against the law.")
    assert found["incompatible_content_ground"] is found["incompatible_content_explanation"] is None
    named = grounds("illegal", "Against the law", reference="§ 130 StGB", explanation="It incites.")
    found = made([RECEIVED, machine(), person(3, label="illegal")], known={"illegal": named})
    assert found["illegal_content_legal_ground"] == "§ 130 StGB"
    assert found["illegal_content_explanation"] == "It incites."
    clause = grounds("x", "X", reference="Terms, section 4")
    assert made(REJECTED, known={"hate": clause})["incompatible_content_ground"] == clause.reference


@pytest.mark.parametrize(
    ("trail", "detected"),
    [
        (REJECTED, "Yes"),
        ([RECEIVED, machine(2, "hold", "rule", WORD), person(3)], "Yes"),
        ([RECEIVED, machine(2, "hold", "rule", {"code": "article_held"}), person(3)], "No"),
        ([RECEIVED, machine(2, "hold", "fallback", {"code": "unscored"}), person(3)], "No"),
        ([RECEIVED, machine(2, "approve"), person(3)], "No"),
        ([RECEIVED, person(2)], "No"),
        ([*REJECTED, {"version": 4, "at": 13 * DAY, "type": "edited"}, person(5)], "No"),
    ],
)
def test_whether_automated_means_found_it(trail: list[dict[str, Any]], detected: str) -> None:
    found = made(trail)
    assert found["automated_detection"] == detected
    assert found["decision_facts"].startswith("Automated means held") is (detected == "Yes")


def test_what_nobody_read_one_by_one_was_decided_in_part_by_automated_means() -> None:
    found = made([RECEIVED, machine(), person(3, batch={"id": "b_1", "size": 40})])
    assert found["automated_decision"] == "AUTOMATED_DECISION_PARTIALLY"
    assert "in one act on 40 chosen comments, without reading each" in found["decision_facts"]


def test_a_threshold_has_the_digits_that_it_has() -> None:
    found = made([RECEIVED, machine(2, "hold", "model", OVER | {"threshold": 0.347}), person(3)])
    assert "(held from 0.347)" in found["decision_facts"]


def test_no_decision_is_ever_said_to_be_fully_automated() -> None:
    for trail in (REJECTED, [RECEIVED, person(2)], [RECEIVED, machine(2, "approve"), person(3)]):
        assert made(trail)["automated_decision"] != "AUTOMATED_DECISION_FULLY"


UPHELD = {"appeal": {"status": "upheld", "version": 4, "at": 0}}
GRANTED = {"appeal": {"status": "granted", "version": 4, "at": 0}}
APPEALED = {"version": 4, "at": 12 * DAY, "type": "appealed"}


@pytest.mark.parametrize(
    ("trail", "version"),
    [
        (REJECTED, 3),
        ([*REJECTED, APPEALED, person(5, **UPHELD)], 3),
        ([*REJECTED, person(4, "approve"), person(5, undoes=4)], 3),
        ([*REJECTED, person(4, "approve"), person(5)], 5),
        ([*REJECTED, person(4)], 4),
        ([], None),
        ([RECEIVED, machine()], None),
        ([*REJECTED, person(4, "approve")], None),
        ([*REJECTED, person(4, "hold", undoes=3)], None),
        ([*REJECTED, APPEALED, person(5, "approve", **GRANTED)], None),
        ([*REJECTED, {"version": 4, "at": 1, "type": "edited"}], None),
        ([{"version": 1, "at": 1, "type": "decided", "decision": "reject",
           "decided_by": "person"}, {"version": 2, "at": 2, "type": "erased"}], None),
    ],
)  # fmt: skip
def test_of_which_rejection_it_is(trail: list[dict[str, Any]], version: int | None) -> None:
    found = restriction(trail)
    assert (found and found["version"]) == version
    assert (statement(C, trail, KNOWN) is None) is (version is None)


def test_what_is_not_known_is_null_or_the_code_itself() -> None:
    older = {**person(3, label=None), "language": None}
    del older["received"]
    found = made([RECEIVED, machine(), older])
    assert found["content_language"] is found["territorial_scope"] is None
    assert (found["content_date"], found["incompatible_content_ground"]) == ("1970-01-11", "other")
    assert (
        made([RECEIVED, {**person(2, label="off_topic"), "language": "gsw"}])["content_language"]
        is None
    )
    assert made([RECEIVED, person(2, label="rude_words")])["incompatible_content_ground"] == (
        "rude words"
    )


def test_what_a_code_means_can_be_said_and_else_is_as_shipped() -> None:
    assert grounds("hate", "H").category is Category.SPEECH
    assert grounds("hate", "H", category=Category.VIOLENCE).category is Category.VIOLENCE
    assert grounds("illegal", "I").ground is Ground.ILLEGAL
    assert grounds("of_our_own", "O") == Grounds(label="O")
