"""A verdict can't say what no machine may decide."""

from __future__ import annotations

import math
from typing import Any

import pytest

from moderation.domain.decision import (
    DecidedBy,
    Decision,
    PolicyRef,
    Reason,
    ReasonCode,
    Verdict,
    gap,
)
from moderation.domain.rules import SEVERITY
from moderation.domain.scores import ModelInfo


def verdict(**changes: Any) -> Verdict:
    facts: dict[str, Any] = {
        "decision": Decision.APPROVE,
        "decided_by": DecidedBy.MODEL,
        "reasons": (Reason(ReasonCode.BELOW_THRESHOLDS),),
        "scores": {"toxicity": 0.1},
        "model": ModelInfo("compact-en", "1"),
        "policy": PolicyRef("default", 1),
        "severity": 0.0,
    }
    return Verdict(**(facts | changes))


def test_a_machine_approves_or_holds() -> None:
    assert verdict().decision is Decision.APPROVE
    assert verdict(decision=Decision.HOLD, scores=None).decision is Decision.HOLD


@pytest.mark.parametrize("by", [by for by in DecidedBy if by is not DecidedBy.PERSON])
def test_no_machine_rejects(by: DecidedBy) -> None:
    with pytest.raises(ValueError, match="only a person rejects"):
        verdict(decision=Decision.REJECT, decided_by=by)


@pytest.mark.parametrize("decision", list(Decision))
def test_no_machine_speaks_for_a_person(decision: Decision) -> None:
    with pytest.raises(ValueError, match="only a person rejects"):
        verdict(decision=decision, decided_by=DecidedBy.PERSON)


@pytest.mark.parametrize(
    "scores", [None, {}, {"toxicity": math.nan}, {"toxicity": 0.1, "threat": -math.inf}]
)
def test_nothing_is_approved_without_finite_scores(scores: dict[str, float] | None) -> None:
    with pytest.raises(ValueError, match="without a finite score"):
        verdict(scores=scores)


def test_a_reason_tells_all_its_fields() -> None:
    assert Reason(ReasonCode.LINKS, detail="3 links, at most 1").to_dict() == {
        "code": "links",
        "label": None,
        "score": None,
        "threshold": None,
        "detail": "3 links, at most 1",
    }


def test_every_reason_to_hold_has_a_weight_in_the_queue() -> None:
    others = {ReasonCode.BELOW_THRESHOLDS, ReasonCode.SCORE_OVER_THRESHOLD, ReasonCode.PERSON}
    assert set(SEVERITY) == set(ReasonCode) - others
    assert all(0 < weight < 1 for weight in SEVERITY.values())


@pytest.mark.parametrize(
    ("compared", "distance"),
    [
        ([(0.61, 0.5)], 0.11),
        ([(0.51, 0.5), (0.9, 0.7)], 0.2),
        ([(0.4, 0.5)], 0.1),
        ([(None, 0.5), (None, None), (0.6, None), (0.52, 0.5)], 0.02),
        ([(None, None)], 1.0),
        ([], 1.0),
    ],
)
def test_the_gap_is_how_far_the_score_that_decides_is_from_its_threshold(
    compared: list[tuple[float | None, float | None]], distance: float
) -> None:
    assert gap(compared) == pytest.approx(distance)
