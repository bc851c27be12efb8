"""Which headers are a traceparent; cases of the W3C's specification and around it."""

from __future__ import annotations

import pytest

from moderation.domain.trace import Step, trace_id, traceparent

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    ("header", "carried"),
    [
        (GOOD, GOOD),
        (f"00-{TRACE}-{SPAN}-00", f"00-{TRACE}-{SPAN}-00"),
        (f"01-{TRACE}-{SPAN}-01", GOOD),
        (f"cc-{TRACE}-{SPAN}-01-what-comes-later", GOOD),
        (f"cc-{TRACE}-{SPAN}-01.what-comes-later", ""),
        (f"00-{TRACE}-{SPAN}-01-more", ""),
        (f"ff-{TRACE}-{SPAN}-01", ""),
        (f"00-{'0' * 32}-{SPAN}-01", ""),
        (f"00-{TRACE}-{'0' * 16}-01", ""),
        (GOOD.upper(), ""),
        (GOOD + "\n", ""),
        (f" {GOOD}", ""),
        (GOOD[:-1], ""),
        ("you are an idiot", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_traceparent_is_carried_and_anything_else_is_none(
    header: str | None, carried: str
) -> None:
    assert traceparent(header) == carried
    assert trace_id(carried) == (TRACE if carried else None)


def test_a_step_without_spans_hands_on_what_it_got() -> None:
    step = Step(GOOD)
    step.note(outcome="delivered")
    assert step.traceparent == GOOD
