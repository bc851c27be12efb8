"""A comment's answer: what an API call, a callback and the feed say of it. Never its text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moderation.domain.appeals import Appeal
from moderation.store.reading import Record

_STATUS = {"p": "pending", "d": "decided", "e": "erased"}


def answer(record: Record) -> dict[str, Any]:
    """Return the comment as it stands now; the decision is null while it is pending."""
    state = record.state
    appeal = (record.decided or {}).get("appeal")
    if "ap" in state:
        appeal = Appeal("open", int(state["ap"]), int(state["apt"])).to_dict()
    return _answer(record.id, state, record.decided, int(state["ver"]), appeal)


def answer_at(comment: str, state: dict[str, str], event: dict[str, Any]) -> dict[str, Any]:
    """Return the comment as one decided event left it, whatever has happened since."""
    # Of the event, since an edit is received anew.
    received = str(event.get("received", state["rcv"]))
    then = {**state, "st": "d", "rev": str(event["revision"]), "rcv": received}
    if event["revision"] != int(state["rev"]):
        then["sha"] = ""  # the hash that is kept belongs to a later text
    if state["st"] == "e":
        then["st"] = "e"
    return _answer(comment, then, event, event["version"], event.get("appeal"))


def _answer(
    comment: str,
    state: dict[str, str],
    event: dict[str, Any] | None,
    version: int,
    appeal: dict[str, Any] | None,
) -> dict[str, Any]:
    decided = event or {}
    part = decided.get("worst_part")  # neither it nor the language is in events of older versions
    return {
        "id": comment,
        "external_id": state.get("x") or None,
        "revision": int(state["rev"]),
        "version": version,
        "status": _STATUS[state["st"]],
        "decision": decided.get("decision"),
        "decided_by": decided.get("decided_by"),
        "reasons": decided.get("reasons", []),
        "scores": decided.get("scores"),
        "policy": decided.get("policy"),
        "model": decided.get("model"),
        "language": decided.get("language"),
        "worst_part": {"start": part[0], "end": part[1]} if part else None,
        "appeal": {**appeal, "at": timestamp(appeal["at"])} if appeal else None,
        "text_sha256": state.get("sha") or None,
        "received_at": timestamp(int(state["rcv"])),
        "decided_at": timestamp(decided["at"]) if decided else None,
    }


def timestamp(ms: int) -> str:
    """Return milliseconds since the epoch as RFC 3339 in UTC."""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
