"""Wilson's interval, against figures worked out by others."""

from __future__ import annotations

import pytest

from moderation.domain.interval import wilson


@pytest.mark.parametrize(
    ("value", "count", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, table I, method 3
        (81 / 263, 263, 0.2553, 0.3662),
        (15 / 148, 148, 0.0624, 0.1605),
        (0.0, 20, 0.0, 0.1611),
        (1 / 29, 29, 0.0061, 0.1718),
    ],
)
def test_it_is_the_published_interval(value, count, low, high):
    found = wilson(value, count)
    assert found.value == value
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize("count", [0.5, 1, 3, 7, 49, 1000, 12345])
@pytest.mark.parametrize("value", [0.0, 1e-9, 0.3, 1.0])
def test_the_share_itself_is_always_inside(value, count):
    found = wilson(value, count)
    assert 0 <= found.low <= value <= found.high <= 1
