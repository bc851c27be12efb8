"""A comment's history as its page tells it: who, what, when, and why then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from moderation.domain.decision import DecidedBy
from moderation.web.review.reasons import why, with_labels
from moderation.web.review.text import rendered
from moderation.web.review.wording import begun


def told(event: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """Return an event of a comment's history as its template takes it.

    `labels`: what moderators read for the reasons to reject, by code.
    """
    event = with_labels(event, labels)
    moment = datetime.fromisoformat(event["at"])
    by_person = event.get("decided_by") == DecidedBy.PERSON
    model, policy = event.get("model"), event.get("policy")
    versions = [
        f"{kind} {which['name']} {which['version']}"
        for kind, which in (("model", model), ("policy", policy))
        if which and not by_person
    ]
    note = event.get("note")
    return {
        "at": event["at"],
        "when": f"{moment:%Y-%m-%d %H:%M:%S} UTC",
        "said": begun(event),
        "why": [] if by_person else [why(reason) for reason in event.get("reasons") or []],
        "note": rendered(note) if note else None,
        "by": ", ".join(versions),
    }
