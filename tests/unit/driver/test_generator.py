"""The open-loop generator: its schedule is fixed, and a stall can't hide from its figures."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.acceptance.driver.latency import Latency, are_figures_sound
from tests.acceptance.driver.schedule import TARGETS, arrivals, kills
from tests.acceptance.driver.site import Site
from tests.acceptance.driver.texts import mild_comments, read_comments
from tests.unit.driver.runs import run
from tests.unit.driver.stand_in import StandIn


async def test_a_stall_of_a_second_shows_in_p99(tmp_path: Path) -> None:
    """A closed loop would send one comment into the stall, and p99 of 300 would not see it."""
    service = StandIn(Site.fresh("demo"), stall_at=50)
    breaches, ledger = await run(tmp_path, service, count=300, rate=200.0)
    assert breaches == []
    p99 = ledger.to_answer.percentile_ms(99)
    assert p99 is not None
    assert p99 > 800


def test_a_generator_that_falls_behind_voids_the_figures() -> None:
    lag = Latency()
    assert not are_figures_sound(lag)
    for _ in range(1000):
        lag.record(0.001)
    assert are_figures_sound(lag)
    for _ in range(20):
        lag.record(0.006)
    assert not are_figures_sound(lag)


def test_arrivals_are_the_same_for_a_seed_and_keep_the_rate() -> None:
    due = arrivals(10_000, 100.0, seed=5)
    assert due == arrivals(10_000, 100.0, seed=5) != arrivals(10_000, 100.0, seed=6)
    assert due == sorted(due)
    assert due[-1] == pytest.approx(100.0, rel=0.05)


def test_kills_fall_on_every_target_within_the_time() -> None:
    planned = kills(8, 10.0, seed=5)
    assert planned == kills(8, 10.0, seed=5)
    assert sorted(kill.target for kill in planned) == sorted(TARGETS * 2)
    assert all(0 <= one.at_s <= other.at_s <= 10 for one, other in pairwise(planned))


@pytest.mark.parametrize(
    "columns",
    [
        {"id": ["a", "b", "c"], "text": ["one", " ", "three"]},
        {"n": [1, 2, 3], "comment_text": ["one", None, "three"], "label": ["x", "y", "z"]},
        {"n": [1, 2, 3], "body": ["one", "", "three"]},
    ],
)
def test_parquet_is_read_by_its_column_of_text(
    tmp_path: Path, columns: dict[str, list[object]]
) -> None:
    path = tmp_path / "comments.parquet"
    pq.write_table(pa.table(columns), path)
    found = read_comments(path, 10)
    assert [(one.external_id, one.text) for one in found] == [
        ("line-1", "one"),
        ("line-3", "three"),
    ]


def test_json_lines_are_read_and_unfit_texts_left_out(tmp_path: Path) -> None:
    path = tmp_path / "comments.jsonl"
    texts = ["one", "\ud800", "three", "four"]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    found = read_comments(path, 2)
    assert [(one.external_id, one.text) for one in found] == [
        ("line-1", "one"),
        ("line-3", "three"),
    ]


def test_a_text_is_in_no_repr() -> None:
    comment = mild_comments(1, seed=1)[0]
    assert comment.text not in repr(comment)
