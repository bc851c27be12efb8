"""Which events of an audit trail stand: what was taken back counts no more, nor what was before it.

Pure; an event is the dictionary that the trail holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: What changes how a comment stands; other events are only noted.
_ACTS = frozenset({"decided", "escalated"})


def standing(trail: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the decisions and escalations that stand, oldest first; the last one is in force.

    An edit starts anew. An event that takes another back (`undoes`) leaves what stood before that.
    """
    stands: list[dict[str, Any]] = []
    for event in trail:
        if event["type"] == "edited":
            stands.clear()
        elif undone := event.get("undoes"):
            stands = [one for one in stands if one["version"] < undone]
        elif event["type"] in _ACTS:
            stands.append(event)
    return stands


def decision_of(stands: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the decision in force among events that stand, or None before the first."""
    return next((event for event in reversed(stands) if event["type"] == "decided"), None)
