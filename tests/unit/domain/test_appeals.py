"""What can be appealed, what became of an appeal, and who may decide it."""

from __future__ import annotations

from typing import Any

import pytest

from moderation.domain.appeals import (
    Appeal,
    appealable,
    ask_for_another,
    latest,
    open_appeal,
    rejection,
)
from moderation.domain.errors import FourEyesError, NotAppealableError

RECEIVED = {"version": 1, "at": 10, "type": "received"}
HELD = {"version": 2, "at": 20, "type": "decided", "decision": "hold", "decided_by": "model"}
APPEALED = {"version": 4, "at": 40, "type": "appealed"}


def said(version: int, decision: str, who: str = "ada", **more: Any) -> dict[str, Any]:
    return {
        "version": version, "at": 10 * version, "type": "decided", "decision": decision,
        "decided_by": "person", "actor": {"id": who}, **more,
    }  # fmt: skip


def told(status: str) -> dict[str, Any]:
    return {"status": status, "version": 4, "at": 40}


REJECTION = said(3, "reject")
UNDER_APPEAL = [RECEIVED, HELD, REJECTION, APPEALED]
UPHELD = [*UNDER_APPEAL, said(5, "reject", "bob", appeal=told("upheld"))]
GRANTED = [*UNDER_APPEAL, said(5, "approve", "bob", appeal=told("granted"))]
REOPENED = [*UPHELD, said(6, "reject", "bob", undoes=5, appeal=told("open"))]


@pytest.mark.parametrize(
    ("trail", "status"),
    [
        ([RECEIVED, HELD, REJECTION], None),
        (UNDER_APPEAL, "open"),
        (UPHELD, "upheld"),
        (GRANTED, "granted"),
        (REOPENED, "open"),
        ([*UPHELD, said(6, "approve", "eve")], "upheld"),
        ([*UNDER_APPEAL, {"version": 5, "at": 50, "type": "edited", "lapsed": 4}], None),
    ],
)
def test_what_became_of_an_appeal(trail: list[dict[str, Any]], status: Any) -> None:
    assert latest(trail) == (Appeal(status, 4, 40) if status else None)
    assert open_appeal(trail) == (Appeal("open", 4, 40) if status == "open" else None)


def test_an_event_holds_all_of_it() -> None:
    assert Appeal(**(held := told("open"))).to_dict() == held


@pytest.mark.parametrize(
    ("trail", "version"),
    [
        ([RECEIVED, HELD, REJECTION], 3),
        ([*GRANTED, said(6, "reject", "eve")], 6),
        ([*UPHELD, said(6, "approve", "eve"), said(7, "reject", "ada")], 7),
        ([RECEIVED, HELD, REJECTION, said(4, "approve"), said(5, "reject", undoes=4)], 3),
    ],
)
def test_each_rejection_of_a_person_can_be_appealed(
    trail: list[dict[str, Any]], version: int
) -> None:
    assert appealable(trail)["version"] == version


@pytest.mark.parametrize(
    ("trail", "why"),
    [
        ([RECEIVED], "only a comment that a person rejected"),
        ([RECEIVED, HELD], "only a comment that a person rejected"),
        (GRANTED, "only a comment that a person rejected"),
        ([RECEIVED, HELD, said(3, "approve")], "only a comment that a person rejected"),
        ([RECEIVED, HELD, REJECTION, said(4, "hold", undoes=3)], "only a comment that"),
        ([RECEIVED, HELD, REJECTION, {"version": 4, "at": 40, "type": "edited"}], "only a"),
        (UNDER_APPEAL, "is open already"),
        (REOPENED, "is open already"),
        (UPHELD, "was upheld"),
    ],
)
def test_nothing_else_can(trail: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(NotAppealableError, match=why):
        appealable(trail)


def test_whoever_made_the_rejection_that_stands_does_not_decide() -> None:
    stands = rejection(REOPENED)
    assert stands == REJECTION  # not who took a decision on the appeal back
    with pytest.raises(FourEyesError):
        ask_for_another("ada", REJECTION)
    ask_for_another("bob", REJECTION)
    ask_for_another("bob", {})
