"""Refusals of bodies: bounded, however much is wrong."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from moderation.web.schemas import SubmissionBody
from moderation.web.validation import faults


def test_of_many_faults_a_few_are_told_and_the_others_cost_nothing() -> None:
    with pytest.raises(ValidationError) as refused:
        SubmissionBody.model_validate({"text": "a", **{f"textt{n}": 1 for n in range(100)}})
    found = faults(refused.value, ["text"])
    assert len(found) == 20
    assert all("`text` is" in one["message"] for one in found)
