"""A share and the range that chance alone leaves it. Pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

#: The two-sided 95 % of a normal distribution.
Z95 = 1.96


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the range that holds it in 95 of 100 samples of this size."""

    value: float
    low: float
    high: float


def wilson(value: float, count: float) -> Interval:
    """Return a share in [0, 1] of `count` with its Wilson score interval (1927).

    Unlike value ± 1.96 standard errors it says something where the share is 0 or 1 or the count
    small. `count` is above 0, and need not be whole: for a weighted share it is the size of a
    plain sample that would be as certain (Kish, 1965; Franco et al., 2019, compare such ranges).
    """
    spread = Z95 * sqrt(value * (1 - value) / count + Z95**2 / (4 * count**2))
    middle, scale = value + Z95**2 / (2 * count), 1 + Z95**2 / count
    low, high = (middle - spread) / scale, (middle + spread) / scale
    # At 0 and 1 rounding would leave the share itself just outside.
    return Interval(value, max(0.0, min(value, low)), min(1.0, max(value, high)))
