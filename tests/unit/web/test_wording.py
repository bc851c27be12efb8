"""The page's sentences: each reason has one, with its numbers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from moderation.domain.comment import Submission
from moderation.domain.decision import Reason, ReasonCode
from moderation.domain.policy import Policy
from moderation.domain.rules import Facts, rule_reasons
from moderation.domain.scores import UnscoredReason
from moderation.web.review import reasons
from moderation.web.review.reasons import why, with_labels
from moderation.web.review.wording import (
    age,
    ago,
    begun,
    for_how_long,
    happened,
    news,
    old,
    rejected,
    waiting_appeals,
)


def reason(code: str, **fields: object) -> dict[str, object]:
    return {"label": None, "score": None, "threshold": None, "detail": None, "code": code, **fields}


def test_every_reason_has_a_sentence():
    assert set(reasons._REASONS) == set(ReasonCode)
    for code in ReasonCode:
        said = why(reason(code, label="identity_attack", score=0.614, threshold=0.4))
        assert said[0].isupper()
        assert said.endswith(".")
        assert "_" not in said
        assert "None" not in said


def test_a_score_is_told_with_its_numbers():
    over = reason("score_over_threshold", label="toxicity", score=0.614, threshold=0.4)
    assert why(over) == "Toxicity 0.61; held from 0.40."
    below = reason("below_thresholds", label="severe_toxicity", score=0.2, threshold=0.5)
    assert why(below).endswith("closest was severe toxicity 0.20; held from 0.50.")


def test_each_way_to_have_no_score_is_told():
    said = {why(reason("unscored", detail=detail.value)) for detail in UnscoredReason}
    assert len(said) == len(UnscoredReason)
    assert why(reason("unscored", detail="what a later version says")).startswith("There is no")
    assert why(reason("what_a_later_version_says")) == "What a later version says."


def test_what_the_rules_say_is_read():
    rules = {
        "banned_words": ["clown"], "suspect_words": ["scheme at*"], "max_links": 1,
        "hold_first_time_author": True, "repeated_text": {"count": 3, "window_s": 7200},
    }  # fmt: skip
    policy = Policy.model_validate(
        {"name": "default", "thresholds": {"toxicity": 0.5}, "rules": rules}
    )
    text = "clown clown scheme at once http://a.example http://b.example id\u200biot"
    said = Submission(site="news", text=text)
    facts = Facts.of(said, first_time_author=True, repeats=4)
    assert [why(one.to_dict()) for one in rule_reasons(facts, policy)] == [
        "Disguised words: invisible characters.",
        "Banned word: “clown”, 2 times.",
        "Suspect word: “scheme at”.",
        "2 links; the policy allows 1.",
        "First comment of this author.",
        "The same text 4 times within 2 h.",
    ]
    assert why(Reason(ReasonCode.UNREAD_LANGUAGE, detail="fi").to_dict()).count("`fi`") == 1


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-3, "0 s"), (45, "45 s"), (60, "1 min"), (90, "90 s"), (3600, "1 h"), (7199, "119 min"),
     (7200, "2 h"), (86_400, "1 d"), (200_000, "2 d")],
)  # fmt: skip
def test_times_are_short(seconds: float, said: str):
    assert for_how_long(seconds) == said


AT = "2026-01-02T12:00:00.000Z"
NOW = datetime(2026, 1, 2, 12, 0, 12, tzinfo=UTC)
ADA = {"id": "p_1", "name": "Ada L.", "via": "page"}


def test_news_say_who_did_what_and_when():
    event = {"type": "decided", "decision": "reject", "actor": ADA, "at": AT,
             "reasons": [reason("person", label="off_topic")]}  # fmt: skip
    assert news(event, NOW) == "Ada L. rejected it (off topic), 12 s ago."
    assert news({"type": "erased"}) == "The comment was erased."
    assert age("2026-01-02T11:00:12.000Z", NOW) == "1 h"


def test_what_has_just_happened_is_not_so_many_seconds_ago():
    moment = datetime(2026, 1, 2, 12, tzinfo=UTC)
    assert (ago(AT, moment), old(AT, moment), old(AT, NOW)) == ("just now", "just now", "12 s old")
    assert news({"type": "erased", "at": AT}, moment) == "The comment was erased, just now."


def test_a_reason_to_reject_reads_as_it_is_configured():
    labels = {"off_topic": "Not about this article"}
    event = {"type": "decided", "decision": "reject", "actor": ADA,
             "reasons": [reason("person", label="off_topic")]}  # fmt: skip
    told = with_labels(event, labels)
    assert happened(told) == "Ada L. rejected it (not about this article)"
    assert why(told["reasons"][0]) == "A moderator decided: not about this article."
    assert with_labels(event, {}) == event, "one that is configured no more keeps its code"
    scored = {"reasons": [reason("score_over_threshold", label="off_topic")]}
    assert with_labels(scored, labels) == scored


def test_a_history_is_told():
    told = [
        ({"type": "received"}, "the comment came in"),
        ({"type": "decided", "decision": "hold", "decided_by": "model"}, "held by the model"),
        ({"type": "decided", "decision": "approve", "decided_by": "model"},
         "approved by the model"),
        ({"type": "decided", "decision": "hold", "decided_by": "fallback"},
         "held for lack of a score"),
        ({"type": "decided", "decision": "approve", "actor": {"id": "7", "name": None}},
         "7 approved it"),
        ({"type": "decided", "decision": "hold", "actor": ADA, "undoes": 3},
         "Ada L. took their decision back; it is held again"),
        ({"type": "appealed", "via": "cms"}, "its author appealed against the rejection"),
        ({"type": "decided", "decision": "approve", "actor": ADA, "appeal": {"status": "granted"}},
         "Ada L. granted its author's appeal and approved it"),
        ({"type": "decided", "decision": "reject", "actor": ADA, "appeal": {"status": "upheld"}},
         "Ada L. upheld the rejection on its author's appeal"),
        ({"type": "decided", "decision": "reject", "actor": ADA, "undoes": 5,
          "appeal": {"status": "open"}},
         "Ada L. took their decision back; the appeal is open again"),
        ({"type": "escalated", "actor": ADA}, "Ada L. escalated it"),
        ({"type": "confirmed", "actor": ADA}, "Ada L. read it and left it approved"),
        ({"type": "claimed", "actor": ADA}, "Ada L. is looking at it"),
        ({"type": "released", "actor": ADA}, "Ada L. left it to others"),
        ({"type": "edited"}, "its author changed the text"),
        ({"type": "what a later version says"}, "something else happened to it"),
    ]  # fmt: skip
    for event, said in told:
        assert happened(event) == said


def test_an_appeal_says_who_rejected_it_and_how_many_wait():
    said = {"rejected_by": "ada", "rejected_at": AT, "reason": "Off topic"}
    assert rejected(said, NOW) == "ada rejected it 12 s ago: Off topic."
    assert rejected({"rejected_by": None, "rejected_at": AT, "reason": None}, NOW) == (
        "Somebody rejected it 12 s ago."
    )
    assert ago(AT, NOW) == "12 s ago"
    told = [waiting_appeals(count) for count in (0, 1, 1200)]
    assert told == ["None waits.", "1 waits.", "1,200 wait."]


def test_a_person_s_name_stays_as_they_write_it():
    event = {"type": "escalated", "actor": {"id": "p_2", "name": "mary_l", "via": "page"}}
    assert begun(event) == "mary_l escalated it"
    assert begun({"type": "edited"}) == "Its author changed the text"


def test_a_threshold_has_the_digits_that_it_has():
    reason = {"code": "score_over_threshold", "label": "toxicity", "score": 0.9, "threshold": 0.347}
    assert why(reason) == "Toxicity 0.90; held from 0.347."
