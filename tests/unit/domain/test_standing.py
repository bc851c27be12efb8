"""What stands of a trail: the last thing that was not taken back."""

from __future__ import annotations

from typing import Any

import pytest

from moderation.domain.standing import decision_of, standing


def trail(*said: str) -> list[dict[str, Any]]:
    """Return events by version: `hold`, `escalated`, `received`, or `3` for what takes 3 back."""
    return [event(version, what) for version, what in enumerate(said, start=1)]


def event(version: int, what: str) -> dict[str, Any]:
    if what in {"received", "edited", "escalated", "confirmed"}:
        return {"version": version, "type": what}
    if what.isdigit():
        return {"version": version, "type": "decided", "decision": "x", "undoes": int(what)}
    return {"version": version, "type": "decided", "decision": what}


@pytest.mark.parametrize(
    ("said", "versions"),
    [
        (["received"], []),
        (["received", "hold"], [2]),
        (["received", "hold", "escalated", "reject"], [2, 3, 4]),
        (["received", "hold", "reject", "3"], [2]),
        (["received", "hold", "reject", "3", "approve"], [2, 5]),
        (["received", "hold", "escalated", "reject", "4", "3"], [2]),
        (["received", "hold", "reject", "3", "approve", "5", "2"], []),
        (["received", "hold", "edited"], []),
        (["received", "hold", "edited", "approve", "reject", "5"], [4]),
        (["received", "approve", "confirmed"], [2]),
    ],
)
def test_what_stands(said: list[str], versions: list[int]) -> None:
    assert [one["version"] for one in standing(trail(*said))] == versions


def test_the_decision_in_force_is_the_last_one_that_stands() -> None:
    assert decision_of(standing(trail("received"))) is None
    stands = standing(trail("received", "hold", "escalated", "reject", "4"))
    assert decision_of(stands) == {"version": 2, "type": "decided", "decision": "hold"}
