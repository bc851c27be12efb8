"""What is said of a comment: as it stands, and as it stood after an event."""

from __future__ import annotations

from typing import Any

from moderation.services.answers import answer, answer_at, timestamp
from moderation.store.reading import Record

STATE = {
    "s": "news",
    "st": "d",
    "rev": "2",
    "ver": "4",
    "rcv": "1700000000001",
    "sha": "ab",
    "x": "",
}
EVENT: dict[str, Any] = {
    "version": 4, "at": 1700000000999, "type": "decided", "revision": 2, "decision": "hold",
    "decided_by": "model", "reasons": [{"code": "links"}], "scores": {"toxicity": 0.1},
    "policy": {"name": "default", "version": 1}, "model": {"name": "m", "version": "1"},
    "severity": 0.4, "note": "a note", "actor": {"id": "ada"},
}  # fmt: skip


def test_times_are_utc_with_milliseconds() -> None:
    assert timestamp(0) == "1970-01-01T00:00:00.000Z"
    assert timestamp(1700000000001) == "2023-11-14T22:13:20.001Z"


def test_a_decided_comment_says_what_and_why_and_nothing_of_people() -> None:
    found = answer(Record("c_1", STATE, EVENT))
    assert found == answer_at("c_1", STATE, EVENT)
    assert (found["status"], found["decision"], found["version"]) == ("decided", "hold", 4)
    assert found["external_id"] is None
    assert found["decided_at"] == "2023-11-14T22:13:20.999Z"
    assert not {"severity", "note", "actor", "text"} & found.keys()


def test_the_language_and_the_worst_part_are_those_of_the_decision() -> None:
    found = answer(Record("c_1", STATE, {**EVENT, "language": "de", "worst_part": [7, 30]}))
    assert (found["language"], found["worst_part"]) == ("de", {"start": 7, "end": 30})
    older = answer(Record("c_1", STATE, EVENT))  # of a version that knew neither
    assert (older["language"], older["worst_part"]) == (None, None)


def test_a_pending_comment_has_no_decision() -> None:
    found = answer(Record("c_1", {**STATE, "st": "p", "x": "7"}, None))
    assert (found["status"], found["external_id"], found["reasons"]) == ("pending", "7", [])
    for name in ("decision", "decided_by", "scores", "policy", "model", "decided_at"):
        assert found[name] is None


def test_an_older_event_has_its_own_revision_and_not_the_new_text_s_hash() -> None:
    found = answer_at("c_1", {**STATE, "st": "p"}, {**EVENT, "revision": 1, "version": 2})
    assert (found["status"], found["revision"], found["version"]) == ("decided", 1, 2)
    assert found["text_sha256"] is None


def test_an_erased_comment_stays_erased_in_every_event() -> None:
    redacted = {name: EVENT[name] for name in ("version", "at", "type", "revision", "decision")}
    found = answer_at("c_1", {**STATE, "st": "e"}, redacted)
    assert (found["status"], found["reasons"], found["scores"]) == ("erased", [], None)
