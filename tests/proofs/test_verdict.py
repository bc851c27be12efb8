"""What a lost write excuses, and what it does not: the judge of the proofs, not a proof."""

from __future__ import annotations

import pytest

from tests.acceptance.driver.checker import Breach
from tests.acceptance.driver.events import Event
from tests.proofs.window import Window, judged

WINDOW = Window(10.0, 12.0)
LOST = Breach("lost", "line-1", "was accepted and never decided")
TWICE = Breach("decided_twice", "line-1", "was decided by machines at 2 and 2")


def accepted(moment: float) -> list[Event]:
    return [Event(op="sent", id="line-1", t=11.0), Event(op="ok", id="line-1", t=moment)]


def test_a_loss_of_a_moment_whose_writes_are_gone_is_counted_and_excused() -> None:
    verdict = judged([LOST, TWICE], accepted(11.0), [WINDOW])
    assert (verdict.lost, verdict.set_back, verdict.unexcused) == (1, 0, [])


@pytest.mark.parametrize("moment", [9.0, 14.0])
def test_a_loss_of_any_other_moment_has_no_excuse(moment: float) -> None:
    verdict = judged([LOST], accepted(moment), [WINDOW])
    assert (verdict.lost, verdict.unexcused) == (0, [LOST])


def test_a_level_that_loses_nothing_is_excused_only_for_deciding_again() -> None:
    verdict = judged([LOST, TWICE], accepted(11.0), [WINDOW], may_lose=False)
    assert (verdict.lost, verdict.set_back, verdict.unexcused) == (0, 1, [LOST])


def test_without_a_window_nothing_is_excused() -> None:
    assert judged([LOST, TWICE], accepted(11.0), []).unexcused == [LOST, TWICE]
