"""How many refusals are logged in a flood of them."""

from __future__ import annotations

from moderation.web.refused import Bound


def test_so_many_a_second_and_the_next_says_how_many_were_left_out() -> None:
    now = 5.0
    bound = Bound(2, lambda: now)
    assert [bound.left_out() for _ in range(5)] == [0, 0, None, None, None]
    now = 6.2
    assert [bound.left_out() for _ in range(3)] == [3, 0, None]
    now = 9.0
    assert [bound.left_out(), bound.left_out()] == [1, 0]
