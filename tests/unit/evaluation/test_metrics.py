"""The figures against cases worked by hand, and against scikit-learn where it is installed."""

from __future__ import annotations

import numpy as np
import pytest

from moderation.evaluation import metrics
from moderation.evaluation.metrics import Floats


def flags(*values: int) -> metrics.Bools:
    return np.array(values, dtype=bool)


def test_auc_counts_the_pairs_that_stand_in_order_and_ties_by_half() -> None:
    # Pairs (positive, negative): 0.8>0.5, 0.8>0.1, 0.5=0.5, 0.5>0.1: 3.5 of 4.
    truth, scores = flags(1, 1, 0, 0), np.array([0.8, 0.5, 0.5, 0.1])
    assert metrics.auc(truth, scores) == 3.5 / 4
    assert metrics.auc(~truth, scores) == 0.5 / 4


@pytest.mark.parametrize("truth", [flags(1, 1), flags(0, 0), flags()])
def test_auc_of_one_side_is_not_known(truth: metrics.Bools) -> None:
    scores = np.linspace(0, 1, len(truth))
    assert metrics.auc(truth, scores) is None
    assert metrics.auc_interval(truth, scores) is None


def test_average_precision_by_hand() -> None:
    # By falling score: hit, miss, hit: precision 1 at the first, 2/3 at the second hit.
    assert metrics.average_precision(flags(0, 1, 1), np.array([0.5, 0.9, 0.1])) == pytest.approx(
        (1 + 2 / 3) / 2
    )
    assert metrics.average_precision(flags(0, 0), np.array([0.1, 0.2])) is None


def test_ranking_is_scikit_learn_s() -> None:
    sklearn = pytest.importorskip("sklearn.metrics", reason="the train extra is not installed")
    rng = np.random.default_rng(3)
    truth = rng.random(500) < 0.2
    scores = np.round(rng.random(500) + 0.3 * truth, 2)  # many ties
    assert metrics.auc(truth, scores) == pytest.approx(sklearn.roc_auc_score(truth, scores))
    assert metrics.average_precision(truth, scores) == pytest.approx(
        sklearn.average_precision_score(truth, scores)
    )


def test_an_interval_holds_the_figure_narrows_with_data_and_repeats() -> None:
    rng = np.random.default_rng(5)
    widths = []
    for count in (50, 2000):
        truth = np.arange(count) % 2 == 0
        scores = rng.normal(size=count) + truth
        found = metrics.auc_interval(truth, scores)
        assert found is not None
        assert found.low < found.value < found.high
        assert found == metrics.auc_interval(truth, scores)
        widths.append(found.high - found.low)
    assert widths[1] < widths[0] / 3


def test_share_is_wilson_s() -> None:
    # Wilson (1927) for 2 of 10: 0.057 to 0.510.
    found = metrics.share(flags(*[1] * 2, *[0] * 8))
    assert found is not None
    assert (found.value, round(found.low, 3), round(found.high, 3)) == (0.2, 0.057, 0.510)
    assert metrics.share(flags()) is None
    none = metrics.share(flags(*[0] * 10))
    assert none is not None
    assert none.low == pytest.approx(0.0)
    assert none.high > 0.2


def test_reliability_and_ece_by_hand() -> None:
    truth, scores = flags(0, 1, 1, 1), np.array([0.05, 0.05, 0.95, 1.0])
    low, high = metrics.reliability(truth, scores)
    assert (low.low, low.count, low.positive) == (0.0, 2, 0.5)
    assert (high.low, high.count, high.positive) == (0.9, 2, 1.0)
    assert metrics.ece(truth, scores) == pytest.approx(0.5 * (0.45 + 0.025))
    assert metrics.ece(flags(), np.array([])) is None


def test_spearman_ranks_with_ties() -> None:
    def correlation(one: list[float], other: list[float]) -> float | None:
        return metrics.spearman(np.array(one), np.array(other))

    assert correlation([1, 2, 3], [10, 100, 1000]) == pytest.approx(1.0)
    assert correlation([1, 2, 3], [3, 2, 1]) == pytest.approx(-1.0)
    # Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 * 5).
    assert correlation([1, 2, 2, 3], [1, 2, 3, 4]) == pytest.approx(4.5 / (4.5 * 5) ** 0.5)
    assert correlation([1, 1, 1], [1, 2, 3]) is None


def test_ranks_share_a_tie_s_mean() -> None:
    values: Floats = np.array([7.0, 1.0, 7.0, 3.0])
    assert metrics.ranks(values).tolist() == [3.5, 1.0, 3.5, 2.0]
