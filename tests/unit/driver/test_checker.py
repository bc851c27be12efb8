"""The history checker: a clean history passes, each planted bug is caught by the rule it breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.driver.checker import check
from tests.acceptance.driver.events import Event, Journal, read

SCORES = {"toxic": 0.02, "insult": 0.01}
OTHER = {"toxic": 0.97, "insult": 0.64}


def event(op: Any, name: str = "line-1", **fields: Any) -> Event:
    told: dict[str, Any] = {"sha": f"sha-{name}-{fields.get('rev', 1)}", "comment": f"c_{name}"}
    if op in {"decided", "callback"}:
        told |= {"version": 2, "decision": "approve", "by": "model", "scores": SCORES}
        told |= {"codes": ("below_thresholds",), "model": "compact@1", "decided_at": "noon"}
    if op == "callback":
        told |= {"verified": True, "delivery": f"c_{name}.{fields.get('version', 2)}"}
    if op in {"sent", "unknown", "refused"}:
        told |= {"comment": ""}
    return Event(**{"op": op, "id": name, **told, **fields})


def journey(name: str) -> list[Event]:
    return [event("sent", name), event("ok", name), event("decided", name), event("callback", name)]


def clean() -> list[Event]:
    """Two plain comments; one retried; one released when scored; one edited; one moderated."""
    unscored = {"decision": "hold", "by": "fallback", "scores": None, "codes": ("unscored",)}
    person = {"version": 3, "decision": "reject", "by": "person", "codes": ("person",)}
    edit = {"rev": 2, "version": 4}
    return [
        *journey("line-1"),
        *journey("line-2"),
        *[event("sent", "line-3"), event("unknown", "line-3"), *journey("line-3")],
        *[event("sent", "line-4"), event("unknown", "line-4")],
        *[event("refused", "line-5"), event("kill", "worker", comment="", sha="")],
        *[event("sent", "line-6"), event("ok", "line-6"), event("decided", "line-6", **unscored)],
        *[event("callback", "line-6", **unscored), event("decided", "line-6", version=3)],
        event("callback", "line-6", version=3),
        *[*journey("line-7"), event("callback", "line-7"), event("decided", "line-7")],
        *[*journey("line-8"), event("sent", "line-8", rev=2), event("ok", "line-8", rev=2)],
        *[event("decided", "line-8", **edit), event("callback", "line-8", **edit)],
        *[*journey("line-9"), event("decided", "line-9", **person)],
        event("callback", "line-9", **person),
        event("scored", "", sha="sha-line-1-1", scores=SCORES, comment=""),
    ]


def without(op: str, name: str, **fields: Any) -> Callable[[list[Event]], list[Event]]:
    def bug(history: list[Event]) -> list[Event]:
        kept = [e for e in history if not (e.op == op and e.id == name and matches(e, fields))]
        assert len(kept) < len(history)
        return kept

    return bug


def but(op: str, name: str, **changed: Any) -> Callable[[list[Event]], list[Event]]:
    """Every such event says something else."""

    def bug(history: list[Event]) -> list[Event]:
        assert any(e.op == op and e.id == name for e in history)
        return [replace(e, **changed) if (e.op, e.id) == (op, name) else e for e in history]

    return bug


def plus(*events: Event) -> Callable[[list[Event]], list[Event]]:
    return lambda history: [*history, *events]


def matches(e: Event, fields: dict[str, Any]) -> bool:
    return all(getattr(e, field) == value for field, value in fields.items())


def told_as(name: str, **changed: Any) -> Callable[[list[Event]], list[Event]]:
    """The service is of one mind, and wrong: feed and callback say the same."""
    return lambda history: but("callback", name, **changed)(
        but("decided", name, **changed)(history)
    )


PLANTED = {
    "acknowledged before it was queued": (without("decided", "line-1"), "lost"),
    "a drained batch is dropped": (without("decided", "line-8", rev=2), "lost"),
    "decided without being accepted": (plus(event("decided", "line-5")), "invented"),
    "two workers decide": (
        plus(event("decided", version=3), event("callback", version=3)),
        "decided_twice",
    ),
    "decided again in place": (plus(event("decided", decided_at="later")), "decided_twice"),
    "reclaimed too early, unscored after a score": (
        plus(event("decided", version=3, by="fallback", codes=("unscored",), decision="hold")),
        "decided_twice",
    ),
    "a machine overrules a person": (plus(event("decided", "line-9", version=4)), "decided_twice"),
    "a duplicate becomes a second comment": (
        plus(event("ok", "line-2", comment="c_other")),
        "two_comments",
    ),
    "an error approves": (told_as("line-1", scores=None), "unsound"),
    "NaN approves": (told_as("line-1", scores={"toxic": float("nan")}), "unsound"),
    "a machine rejects": (told_as("line-1", decision="reject"), "unsound"),
    "no reason given": (told_as("line-1", codes=()), "unsound"),
    "hashes of two comments swapped": (told_as("line-1", sha="sha-line-2-1"), "other_text"),
    "an edit gets the old text's decision": (
        told_as("line-8", rev=2, sha="sha-line-8-1"),
        "other_text",
    ),
    "an old revision is decided last": (
        plus(event("decided", "line-8", version=5), event("callback", "line-8", version=5)),
        "old_revision",
    ),
    "scores of two comments swapped": (told_as("line-1", scores=OTHER), "other_score"),
    "a callback with a neighbour's scores": (
        but("callback", "line-2", scores=OTHER),
        "answer_differs",
    ),
    "a callback before its decision is kept": (
        plus(event("callback", version=3)),
        "answer_differs",
    ),
    "an answer unlike the feed": (
        but("ok", "line-1", decision="hold", version=2),
        "answer_differs",
    ),
    "a callback lost": (without("callback", "line-2"), "callback_missing"),
    "a callback of a release lost": (
        without("callback", "line-6", version=3),
        "callback_missing",
    ),
    "a callback badly signed": (but("callback", "line-2", verified=False), "callback_forged"),
    "callbacks reordered": (plus(event("callback", "line-9")), "callback_order"),
    "redelivered under a new id": (
        plus(event("callback", "line-2", delivery="fresh")),
        "callback_id",
    ),
    "one id for two events": (but("callback", "line-9", delivery="same"), "callback_id"),
    "one delivery id for two comments": (
        but("callback", "line-2", delivery="c_line-1.2"),
        "shared_ids",
    ),
    "a 500": (plus(event("surprise", status=500)), "surprise"),
}


def test_a_clean_history_passes() -> None:
    assert check(clean()) == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_caught(name: str) -> None:
    bug, rule = PLANTED[name]
    assert rule in {breach.rule for breach in check(bug(clean()))}


def test_every_rule_is_broken_by_some_planted_bug() -> None:
    from tests.acceptance.driver.checker import _MIX_UPS, RULES

    assert {rule.__name__ for rule in (*RULES, *_MIX_UPS)} == {rule for _, rule in PLANTED.values()}


def test_a_history_reads_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    with Journal(path) as journal:
        for one in clean():
            journal.append(one)
    assert list(read(path)) == journal.events == clean()
