"""What the operator says of the moderators' page: reasons for rejecting, and where that holds."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from moderation.domain.grounds import SHIPPED, Category, CoralReason, Ground
from moderation.page import RejectReason, Review


def test_the_shipped_reasons_mean_what_the_documentation_says() -> None:
    reasons = {reason.code: reason.grounds() for reason in Review().reject_reasons}
    assert set(SHIPPED) == set(reasons) - {"other"}
    assert reasons["illegal"].ground is Ground.ILLEGAL
    assert {reason.ground for code, reason in reasons.items() if code != "illegal"} == {
        Ground.TERMS
    }
    assert reasons["hate"].coral is CoralReason.HATE_SPEECH
    assert reasons["other"].category is Category.OTHER_TERMS


def test_a_reason_says_what_differs() -> None:
    said: dict[str, Any] = {"code": "hate", "label": "Hate", "ground": "illegal"}
    found = RejectReason(**said, reference="§ 130 StGB").grounds()
    assert (found.ground, found.reference) == (Ground.ILLEGAL, "§ 130 StGB")
    assert found.category is Category.SPEECH


@pytest.mark.parametrize(
    "wrong",
    [
        {"ground": "taste"},
        {"category": "STATEMENT_CATEGORY_RUDENESS"},
        {"coral": "RUDE"},
        {"reference": "x" * 501},
        {"explanation": "x" * 2001},
    ],
)
def test_what_nobody_outside_knows_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RejectReason(**{"code": "x", "label": "X", **wrong})


def test_a_territory_is_of_countries_that_the_database_knows() -> None:
    assert Review(territorial_scope=("DE", "NO")).territorial_scope == ("DE", "NO")
    with pytest.raises(ValidationError, match="not a country of the EU or EEA"):
        Review(territorial_scope=("US",))
