"""An author's appeal against a rejection: what can be appealed, what became of it, who decides it.

Pure; an event is the dictionary that the trail holds. The author's words are no part of any event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from moderation.domain.decision import Decision
from moderation.domain.errors import FourEyesError, NotAppealableError
from moderation.domain.standing import decision_of, standing

MAX_STATEMENT = 5000  # code points, a quarter of what a comment may have

Status = Literal["open", "upheld", "granted"]


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal as events tell of it. `version`: of the event that made it; `at`: then (ms)."""

    status: Status
    version: int
    at: int

    def to_dict(self) -> dict[str, Any]:
        """Return what an event holds of it."""
        return asdict(self)


def latest(trail: Sequence[dict[str, Any]]) -> Appeal | None:
    """Return the latest appeal of the current text and what became of it, None without one."""
    found: Appeal | None = None
    for event in trail:
        if event["type"] == "edited":
            found = None  # it was made for an earlier text
        elif event["type"] == "appealed":
            found = Appeal("open", event["version"], event["at"])
        elif said := event.get("appeal"):
            found = Appeal(**said)
    return found


def open_appeal(trail: Sequence[dict[str, Any]]) -> Appeal | None:
    """Return the appeal that waits for a decision, None without one."""
    found = latest(trail)
    return found if found and found.status == "open" else None


def rejection(trail: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the person's rejection that stands, by whoever made it; None where none stands."""
    stands = decision_of(standing(trail))
    return stands if stands and stands["decision"] == Decision.REJECT else None


def appealable(trail: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the rejection that can be appealed. Raises NotAppealableError.

    Each rejection once: one that was upheld on an appeal is final here.
    """
    if open_appeal(trail):
        raise NotAppealableError("an appeal against this rejection is open already")
    stands = rejection(trail)
    if stands is None:
        raise NotAppealableError("only a comment that a person rejected can be appealed")
    if stands.get("appeal"):
        raise NotAppealableError("this rejection was upheld on an appeal already")
    return stands


def ask_for_another(person: str, stands: dict[str, Any]) -> None:
    """Raise FourEyesError where the person who is to decide an appeal made the rejection."""
    if (stands.get("actor") or {}).get("id") == person:
        raise FourEyesError("another moderator than the one who rejected it decides on an appeal")
