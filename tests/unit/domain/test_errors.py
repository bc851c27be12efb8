"""A refusal carries what its caller needs, and is caught as what it is."""

from __future__ import annotations

import pytest

from moderation.domain import errors


def test_an_overload_says_when_to_come_back() -> None:
    with pytest.raises(errors.OverloadedError) as refused:
        raise errors.SiteOverloadedError(17)
    assert refused.value.retry_after == 17


def test_a_stale_decision_tells_what_happened_instead() -> None:
    event = {"version": 3, "decided_by": "person"}
    assert errors.StaleError(event).event == event
    assert "person" not in str(errors.StaleError(event))


@pytest.mark.parametrize("name", [name for name in vars(errors) if name.endswith("Error")])
def test_every_refusal_is_one_of_ours(name: str) -> None:
    assert issubclass(getattr(errors, name), errors.ModerationError)
