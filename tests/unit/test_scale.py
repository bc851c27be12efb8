"""The page on growth is made of its figures, and the calculation does what it says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from tests.benchmarks.scale_page import FIGURES, rendered
from tests.benchmarks.sizing import LARGE_GIB, Load, breaks, main, size


@pytest.fixture
def figures() -> dict[str, Any]:
    return dict(json.loads(FIGURES.read_text()))


def test_page_and_pictures_are_those_of_the_figures(figures: dict[str, Any]) -> None:
    """Else: `python -m tests.benchmarks.scale --page-only`."""
    for path, text in rendered(figures).items():
        assert path.read_text() == text, path.name


def test_cores_grow_with_the_load_and_memory_with_the_time(figures: dict[str, Any]) -> None:
    load = Load(per_s=100.0)
    once, twice = size(load, figures), size(replace(load, per_s=200.0), figures)
    assert twice.cores["scorer"] == pytest.approx(2 * once.cores["scorer"])
    assert twice.store_gib == pytest.approx(2 * once.store_gib)
    shorter = size(replace(load, record_d=30.0), figures)
    assert shorter.store_gib < once.store_gib
    assert shorter.cores == once.cores
    assert shorter.month < once.month


def test_memory_is_what_is_kept_at_any_time(figures: dict[str, Any]) -> None:
    figures["bytes"] = {"approved": 2.0, "held": 0.0, "record": 1.0}
    load = Load(per_s=2**30, held=0.0, approved_text_h=1.0, record_d=1.0)
    assert size(load, figures).store_gib == pytest.approx(3600 * 2 + 23 * 3600)


def test_what_is_full_first_depends_on_how_long_is_kept(figures: dict[str, Any]) -> None:
    def at(load: Load) -> dict[str, float]:
        return {what.split(":")[0]: rate for rate, what in breaks(load, figures)}

    kept, soon_gone = at(Load(per_s=1.0)), at(Load(per_s=1.0, record_d=1.0, held_text_d=1.0))
    memory = next(what for what in kept if "of one primary" in what)
    assert kept[memory] < kept["one primary's thread"]
    assert soon_gone[memory] > kept[memory]
    assert soon_gone["one primary's thread"] == kept["one primary's thread"]
    assert list(kept.values()) == sorted(kept.values())


def test_more_than_a_primary_holds_takes_more_of_them(figures: dict[str, Any]) -> None:
    found = size(Load(per_s=100.0), figures)
    assert found.primaries > 1
    assert found.gib_a_primary <= LARGE_GIB
    assert found.shards >= found.primaries


def test_the_command_says_it_for_a_rate_or_a_day() -> None:
    by_second = CliRunner().invoke(main, ["--per-second", "1000"])
    by_day = CliRunner().invoke(main, ["--per-day", "86400000"])
    assert by_second.output == by_day.output
    assert "one primary's thread" in by_day.output
    assert CliRunner().invoke(main, []).exit_code == 2


def test_the_size_in_the_operations_page_is_what_the_command_says() -> None:
    said = CliRunner().invoke(main, ["--per-day", "100000"]).output
    assert (
        f"sizing --per-day 100000\n{said}"
        in FIGURES.parents[1].joinpath("operations.md").read_text()
    )
