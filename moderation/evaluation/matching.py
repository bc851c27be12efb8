"""The threshold here that holds as many comments as a threshold for another judge did.

Scores are whole thousandths, both judges' of the same comments. Pure arithmetic.
"""

from __future__ import annotations

from math import atanh, sqrt, tanh

import numpy as np
from numpy.typing import NDArray

from moderation.domain.interval import Z95, Interval
from moderation.domain.perspective_pair import WHOLE

Ints = NDArray[np.int64]

#: The fewest comments over the other's threshold that advice is given on, as on the page's
#: insights (`domain/advice.py`).
ENOUGH = 30
#: Below so many, the error of a correlation is not known to any purpose.
_FEWEST = 10


def matched(theirs: Ints, ours: Ints, threshold: int) -> Interval | None:
    """Return the threshold that holds the same share here, in [0, 1], with its range.

    The range has those thresholds for which chance alone may be why one side holds more: McNemar's
    test (1947) on the comments that only one of them holds, turned round. The nearest share may
    still be another, where scores here are few or alike. None where fewer than ENOUGH are over
    the other's threshold.
    """
    over = theirs >= threshold
    there = int(over.sum())
    if there < ENOUGH:
        return None
    only_here = _reaching(ours[~over])
    only_there = there - _reaching(ours[over])
    gap = only_here - only_there
    best = int(np.argmin(np.abs(gap)))
    by_chance = np.flatnonzero(gap**2 <= Z95**2 * (only_here + only_there))
    low, high = min([best, *by_chance[:1]]), max([best, *by_chance[-1:]])
    return Interval(*((one + 1) / WHOLE for one in (best, int(low), int(high))))


def curve(theirs: Ints, ours: Ints) -> list[tuple[float, float]]:
    """Return other's thresholds and the ones here that hold the same share, where there are any."""
    steps = ((at, matched(theirs, ours, at)) for at in range(WHOLE // 20, WHOLE, WHOLE // 20))
    return [(at / WHOLE, found.value) for at, found in steps if found]


def rank_agreement(value: float | None, count: int) -> Interval | None:
    """Return Spearman's correlation with its range (Bonett and Wright, 2000)."""
    if value is None or count < _FEWEST:
        return None
    if abs(value) == 1:
        return Interval(value, value, value)
    spread = Z95 * sqrt((1 + value**2 / 2) / (count - 3))
    return Interval(value, tanh(atanh(value) - spread), tanh(atanh(value) + spread))


def _reaching(scores: Ints) -> Ints:
    """Return how many scores reach each threshold of 1 to 1000 thousandths."""
    counts = np.bincount(scores, minlength=WHOLE + 1)
    return counts[::-1].cumsum()[::-1][1:]
