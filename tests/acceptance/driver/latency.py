"""How long things took, counted from when they were due, not from when they were sent.

A generator that waits for slow answers hides them (coordinated omission); one that falls behind
its own schedule makes figures up: its lag is measured too, and too much of it voids the figures.
"""

from __future__ import annotations

from hdrh.histogram import HdrHistogram

MAX_SEND_LAG_MS = 5.0

_LOWEST_US, _HIGHEST_US, _DIGITS = 1, 3_600_000_000, 3


class Latency:
    """A histogram of seconds, from a microsecond to an hour, to three digits."""

    def __init__(self) -> None:
        self._histogram = HdrHistogram(_LOWEST_US, _HIGHEST_US, _DIGITS)

    def record(self, seconds: float) -> None:
        """Count one duration; one out of range counts as the nearest in it."""
        us = min(max(round(seconds * 1e6), _LOWEST_US), _HIGHEST_US)
        self._histogram.record_value(us)

    def percentile_ms(self, percent: float) -> float | None:
        """Return a percentile in milliseconds, None when nothing was counted."""
        if not self._histogram.get_total_count():
            return None
        return float(self._histogram.get_value_at_percentile(percent)) / 1e3


def are_figures_sound(send_lag: Latency) -> bool:
    """Tell whether the generator kept to its own schedule closely enough to be believed."""
    lag = send_lag.percentile_ms(99)
    return lag is not None and lag <= MAX_SEND_LAG_MS
