"""The figures: ranking, calibration, agreement, and how far chance alone may move each.

Scores and truths are one-dimensional arrays of equal length. A figure that the data can't give (no
positive, nothing known) is None, never a guess. Nothing here reads data or knows a label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderation.domain.interval import Interval, wilson

Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]

#: Resamples of a bootstrap interval.
RESAMPLES = 400
#: Bins of equal width of a reliability plot and of ECE.
BINS = 10


def ranks(values: Floats) -> Floats:
    """Return each value's rank from 1, ties sharing their mean."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    mean: Floats = np.cumsum(counts) - (counts - 1) / 2
    return mean[place]


def auc(truth: Bools, scores: Floats) -> float | None:
    """Return the area under the ROC curve: how often a positive outranks a negative."""
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return None
    above = ranks(scores)[truth].sum() - positives * (positives + 1) / 2
    return float(above / (positives * negatives))


def average_precision(truth: Bools, scores: Floats) -> float | None:
    """Return precision averaged over the recall that each score adds; no interpolation."""
    if not truth.any():
        return None
    _, place, counts = np.unique(-scores, return_inverse=True, return_counts=True)
    hits = np.bincount(place, weights=truth)
    precision = np.cumsum(hits) / np.cumsum(counts)
    return float((precision * hits).sum() / hits.sum())


def auc_interval(truth: Bools, scores: Floats) -> Interval | None:
    """Return the AUC with its bootstrap interval; positives and negatives resampled apart."""
    value = auc(truth, scores)
    if value is None:
        return None
    positive, negative = scores[truth], scores[~truth]
    sides = np.repeat([True, False], [len(positive), len(negative)])
    return _bootstrap(
        value,
        lambda rng: auc(
            sides, np.concatenate([_resampled(positive, rng), _resampled(negative, rng)])
        ),
    )


def _bootstrap(value: float, draw: Callable[[np.random.Generator], float | None]) -> Interval:
    rng = np.random.default_rng(0)
    drawn = [one for _ in range(RESAMPLES) if (one := draw(rng)) is not None]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(value, float(low), float(high))


def _resampled(values: Floats, rng: np.random.Generator) -> Floats:
    chosen: Floats = values[rng.integers(len(values), size=len(values))]
    return chosen


def share(flags: Bools) -> Interval | None:
    """Return the share of true ones with its Wilson score interval (1927)."""
    count = len(flags)
    if not count:
        return None
    return wilson(float(flags.mean()), count)


@dataclass(frozen=True, slots=True)
class Bin:
    """One point of a reliability plot: what was promised on average, and what came."""

    low: float
    count: int
    score: float
    positive: float


def reliability(truth: Floats | Bools, scores: Floats, bins: int = BINS) -> list[Bin]:
    """Return the non-empty bins of equal width; `truth` may be a probability."""
    number = np.minimum((scores * bins).astype(int), bins - 1)
    found = []
    for index in range(bins):
        inside = number == index
        if inside.any():
            means = float(scores[inside].mean()), float(truth[inside].mean())
            found.append(Bin(index / bins, int(inside.sum()), *means))
    return found


def ece(truth: Floats | Bools, scores: Floats, bins: int = BINS) -> float | None:
    """Return the expected calibration error (Naeini et al., 2015): mean |score - share|."""
    if not len(scores):
        return None
    gaps = sum(b.count * abs(b.score - b.positive) for b in reliability(truth, scores, bins))
    return gaps / len(scores)


def spearman(one: Floats, other: Floats) -> float | None:
    """Return the correlation of ranks; None where either side does not vary."""
    if len(np.unique(one)) < 2 or len(np.unique(other)) < 2:  # noqa: PLR2004 - two make an order
        return None
    return float(np.corrcoef(ranks(one), ranks(other))[0, 1])
