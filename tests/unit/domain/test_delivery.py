"""A callback's schedule and what a status means."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain import delivery

BACKOFF = (5.0, 300.0, 1800.0)


def test_the_id_is_the_events_own() -> None:
    assert delivery.webhook_id("c_abc", 7) == delivery.webhook_id("c_abc", 7)
    assert delivery.webhook_id("c_abc", 7) != delivery.webhook_id("c_abc", 8)


def test_the_body_is_an_event_around_the_answer() -> None:
    body = delivery.body("2026-01-02T03:04:05Z", {"id": "c_abc", "decision": "hold", "word": "né"})
    assert json.loads(body) == {
        "type": "comment.decided",
        "timestamp": "2026-01-02T03:04:05Z",
        "data": {"id": "c_abc", "decision": "hold", "word": "né"},
    }


def test_each_failure_waits_longer_and_the_last_gives_up() -> None:
    delays = [delivery.next_delay(n, BACKOFF, 0.0, None) for n in range(1, 6)]
    assert delays == [5.0, 300.0, 1800.0, None, None]


@pytest.mark.parametrize(
    ("retry_after", "delay"),
    [
        (None, 5.0),
        (0.0, 5.0),
        (4.0, 5.0),
        (60.0, 60.0),
        (-9.0, 5.0),
        (1e9, 86_400.0),
        (math.inf, 86_400.0),
        (math.nan, 5.0),
    ],
)
def test_a_retry_after_only_lengthens_up_to_a_day(retry_after: float | None, delay: float) -> None:
    assert delivery.next_delay(1, BACKOFF, 0.0, retry_after) == delay


@given(st.integers(1, 3), st.floats(0, 1, exclude_max=True), st.none() | st.floats())
def test_jitter_spreads_by_up_to_a_fifth(
    attempts: int, jitter: float, retry_after: float | None
) -> None:
    delay = delivery.next_delay(attempts, BACKOFF, jitter, retry_after)
    assert delay is not None
    base = BACKOFF[attempts - 1]
    assert base <= delay <= max(base * 1.2, 86_400.0)
    if retry_after is None:
        assert delay == base * (1 + 0.2 * jitter)


def test_what_a_status_means() -> None:
    assert [s for s in range(100, 600) if delivery.is_delivered(s)] == list(range(200, 300))
    assert [s for s in range(100, 600) if delivery.is_final(s)] == [410]
