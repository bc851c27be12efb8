"""What a level of durability may cost: breaches that follow from a time whose writes were lost.

A proof that loses writes on purpose says which moments they were of; a breach about a comment that
nothing happened to in these moments has no excuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.acceptance.driver.checker import Breach
from tests.acceptance.driver.events import Event

#: The feed is read twice a second, so that a decision is seen this much later.
_SEEN_LATE_S = 1.0
_TOLD = {"ok", "surprise", "decided", "callback"}


@dataclass(frozen=True, slots=True)
class Window:
    """Writes between two moments (monotonic seconds) are gone."""

    since: float
    until: float

    def holds(self, moment: float) -> bool:
        """Tell whether what was seen at a moment may have been written in the window."""
        return self.since <= moment <= self.until + _SEEN_LATE_S


@dataclass(frozen=True, slots=True)
class Verdict:
    """Accepted comments that were lost, others that were set back, and breaches without excuse."""

    lost: int
    set_back: int
    unexcused: list[Breach]


def judged(
    breaches: Iterable[Breach],
    events: Iterable[Event],
    windows: Sequence[Window],
    *,
    may_lose: bool = True,
) -> Verdict:
    """Sort breaches by whether a window excuses them; a loss has one only where it `may_lose`."""
    touched = {
        event.id
        for event in events
        if event.op in _TOLD and any(window.holds(event.t) for window in windows)
    }
    found = list(breaches)
    excused = [b for b in found if b.id in touched and (may_lose or b.rule != "lost")]
    lost = {breach.id for breach in excused if breach.rule == "lost"}
    return Verdict(
        lost=len(lost),
        set_back=len({breach.id for breach in excused} - lost),
        unexcused=[breach for breach in found if breach not in excused],
    )
