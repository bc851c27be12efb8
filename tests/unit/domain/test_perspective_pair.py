"""Lines of the comparisons with Perspective: what was written is read, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.perspective_pair import Calls, Fate, Pair, read_line, thousandths

PAIR = Pair("2026-11-23", "compact-en 4", {"TOXICITY": (912, 880), "FLIRTATION": (120, None)})


def test_a_pair_is_read_as_it_was_written() -> None:
    line = PAIR.line()
    assert line.endswith("\n")
    assert read_line(line.encode()) == PAIR


def test_counts_are_read_as_they_were_written() -> None:
    calls = Calls("2026-11-23", {Fate.COMPARED: 3, Fate.OWN: 1})
    assert read_line(calls.line().encode()) == calls


@given(st.integers(0, 1000), st.floats(0, 1))
def test_a_threshold_of_three_decimals_holds_what_it_holds_of_the_score(at: int, score: float):
    threshold = at / 1000
    assert (thousandths(score) >= at) == (score >= threshold) or abs(score - threshold) < 1e-9
    assert thousandths(threshold) == at


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{", b"[]", b"3", b'{"on":"2026-11-2', b'{"on":"today","calls":{}}', b"\xff",
        b'{"on":"2026-11-23","calls":{"other":1}}', b'{"on":"2026-11-23","calls":[]}',
        b'{"on":"2026-11-23","model":"m","scores":{"TOXICITY":[1]}}',
        b'{"on":"2026-11-23","model":"m","scores":{"TOXICITY":[1,1001]}}',
        b'{"on":"2026-11-23","model":"m","scores":{"TOXICITY":[0.5,1]}}',
        b'{"on":"2026-11-23","model":"m","scores":{"you are":[1,1]}}',
        b'{"on":"2026-11-23","scores":{}}',
    ],
)  # fmt: skip
def test_what_is_no_line_is_none(line: bytes) -> None:
    assert read_line(line) is None
