"""A score is checked before anything trusts it."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.scores import LABELS, BadScoreError, checked, in_digits


@given(st.fixed_dictionaries({label: st.floats(0, 1) for label in LABELS}))
def test_probabilities_pass_in_the_order_of_the_labels(scores: dict[str, float]) -> None:
    shuffled = dict(sorted(scores.items(), reverse=True))
    good = checked(shuffled, LABELS)
    assert list(good.items()) == [(label, scores[label]) for label in LABELS]


def test_a_whole_number_is_a_probability_too() -> None:
    good = checked({"toxicity": 1, "threat": 0}, ("toxicity", "threat"))
    assert good == {"toxicity": 1.0, "threat": 0.0}
    assert all(type(score) is float for score in good.values())


@pytest.mark.parametrize(
    "scores",
    [{}, {"toxicity": 0.1}, {"toxicity": 0.1, "threat": 0.1, "insult": 0.1}, {"a": 0.1, "b": 0.1}],
)
def test_other_labels_than_promised_are_refused(scores: dict[str, float]) -> None:
    with pytest.raises(BadScoreError, match="labels that it promised"):
        checked(scores, ("toxicity", "threat"))


@pytest.mark.parametrize(
    ("score", "fault"),
    [
        (math.nan, "not finite"),
        (math.inf, "not finite"),
        (-math.inf, "not finite"),
        (1.0000001, "not a probability"),
        (-1e-9, "not a probability"),
        (2, "not a probability"),
        (True, "not a number"),
        ("0.5", "not a number"),
        (None, "not a number"),
        (Decimal("0.5"), "not a number"),
        ([0.5], "not a number"),
    ],
)
def test_what_is_no_probability_is_refused_by_label(score: object, fault: str) -> None:
    with pytest.raises(BadScoreError, match=f"threat: {fault}"):
        checked({"toxicity": 0.1, "threat": score}, ("toxicity", "threat"))


def test_a_refusal_repeats_no_value() -> None:
    with pytest.raises(BadScoreError) as refused:
        checked({"toxicity": "you are an idiot"}, ("toxicity",))
    assert "idiot" not in str(refused.value)


@pytest.mark.parametrize(
    ("threshold", "said"),
    [(0.5, "0.50"), (0.35, "0.35"), (0.347, "0.347"), (0.3475, "0.3475"), (1, "1.00"),
     (0.1 + 0.2, "0.30"), (0.000001, "0.000001")],
)  # fmt: skip
def test_a_threshold_is_told_with_the_digits_that_it_has(threshold: float, said: str) -> None:
    assert in_digits(threshold) == said
