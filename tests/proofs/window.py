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
_PROMISES = {"ok", "decided", "callback"}


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
    """Accepted comments that were lost, other breaches that follow, and those without excuse."""

    lost: int
    rolled_back: int
    unexcused: list[Breach]


def judged(
    breaches: Iterable[Breach], events: Iterable[Event], windows: Sequence[Window]
) -> Verdict:
    """Sort breaches by whether a window excuses them."""
    touched = {
        event.id
        for event in events
        if event.op in _PROMISES and any(window.holds(event.t) for window in windows)
    }
    found = list(breaches)
    excused = [breach for breach in found if breach.id in touched]
    lost = {breach.id for breach in excused if breach.rule == "lost"}
    return Verdict(
        lost=len(lost),
        rolled_back=len({breach.id for breach in excused} - lost),
        unexcused=[breach for breach in found if breach.id not in touched],
    )
