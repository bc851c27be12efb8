"""Thresholds of a like share, against cases worked by hand and against chance itself."""

from __future__ import annotations

import numpy as np
import pytest

from moderation.domain.interval import Interval
from moderation.evaluation.matching import ENOUGH, Ints, curve, matched, rank_agreement


def ints(*values: int) -> Ints:
    return np.array(values, dtype=np.int64)


def test_the_same_scores_need_the_same_threshold() -> None:
    scores = np.arange(1000, dtype=np.int64)
    found = matched(scores, scores, 800)
    assert found is not None
    assert found.value == 0.8
    assert found.low <= 0.8 <= found.high


def test_a_judge_that_halves_all_scores_needs_half_of_the_threshold() -> None:
    theirs = np.arange(0, 1000, 2, dtype=np.int64)
    found = matched(theirs, theirs // 2, 600)
    assert found is not None
    assert found.value == pytest.approx(0.3, abs=0.001)
    assert (theirs // 2 >= round(1000 * found.value)).sum() == (theirs >= 600).sum()


def test_a_few_over_it_are_no_advice() -> None:
    theirs = ints(*[900] * (ENOUGH - 1), *[100] * 900)
    assert matched(theirs, theirs, 800) is None
    assert matched(ints(*[900] * ENOUGH), ints(*[700] * ENOUGH), 800) is not None


def test_where_chance_can_not_be_why_a_threshold_is_outside_the_range() -> None:
    # 100 of 1000 over 800 there. Here the same comments have 500, of the others forty have 450.
    theirs = ints(*[900] * 100, *[100] * 900)
    ours = ints(*[500] * 100, *[450] * 40, *[50] * 860)
    found = matched(theirs, ours, 800)
    assert found == Interval(0.451, 0.451, 0.5), "with the forty it holds 40 more, none fewer"


def test_the_range_holds_the_true_threshold_as_often_as_it_says() -> None:
    rng, held = np.random.default_rng(5), 0
    for _ in range(300):
        truth = rng.uniform(0, 1000, 800)
        # Both judges see the truth with noise of the same kind: the true threshold is the same.
        one, other = (np.clip(truth + rng.normal(0, 60, 800), 0, 999).astype(int) for _ in "ab")
        found = matched(one, other, 700)
        assert found
        held += found.low <= 0.7 <= found.high
    assert held / 300 > 0.9


def test_a_curve_has_points_where_there_are_enough() -> None:
    theirs = ints(*[320] * 100)
    assert [at for at, _ in curve(theirs, theirs)] == [0.05, 0.1, 0.15, 0.2, 0.25, 0.3]


def test_the_range_of_a_correlation_narrows_with_the_count() -> None:
    few, many = rank_agreement(0.8, 30), rank_agreement(0.8, 3000)
    assert few
    assert many
    assert few.low < many.low < 0.8 < many.high < few.high
    # Worked by hand: atanh(0.8) = 1.0986, spread 1.96 * sqrt(1.32 / 27) = 0.4334.
    assert (few.low, few.high) == pytest.approx((0.5817, 0.9107), abs=2e-4)
    assert rank_agreement(0.8, 9) is None
    assert rank_agreement(None, 900) is None
    assert rank_agreement(1.0, 900) == Interval(1.0, 1.0, 1.0)
