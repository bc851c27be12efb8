"""What a run prints: its numbers and breaches; and what is looked for in the service's logs."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from tests.acceptance.driver.checker import Breach
from tests.acceptance.driver.demo import Report
from tests.acceptance.driver.outside import texts_in_logs
from tests.acceptance.driver.site import Site
from tests.acceptance.driver.summary import breach_lines, progress, table
from tests.acceptance.driver.texts import Comment
from tests.unit.driver.runs import COUNT, run
from tests.unit.driver.stand_in import StandIn


def printed(report: Report) -> dict[str, str]:
    console = Console(file=io.StringIO(), width=120)
    console.print(table(report))
    assert isinstance(console.file, io.StringIO)
    rows = [line.split("│") for line in console.file.getvalue().splitlines() if "│" in line]
    return {row[1].strip(): row[2].strip() for row in rows}


async def test_the_table_counts_what_happened(tmp_path: Path) -> None:
    service = StandIn(Site.fresh("demo"), callback_copies=2)
    breaches, ledger = await run(tmp_path, service, duplicates=0.2)
    rows = printed(Report(ledger, breaches))
    assert rows["accepted"] == rows["decided exactly once"] == str(COUNT)
    assert rows["callbacks received"] == rows["verified"] == str(2 * COUNT)
    assert rows["again, same id"] == str(COUNT)
    assert rows["lost"] == rows["decided twice"] == rows["missing"] == "0"
    assert rows["approved | held"] == "100.0 % | 0.0 %"
    assert rows["broken promises"] == "0"


async def test_void_figures_are_not_printed(tmp_path: Path) -> None:
    breaches, ledger = await run(tmp_path, StandIn(Site.fresh("demo")))
    for _ in range(COUNT):
        ledger.send_lag.record(0.1)
    rows = printed(Report(ledger, breaches))
    assert rows["p50 | p99 to the callback"].startswith("void")


def test_breaches_are_named_and_counted() -> None:
    lines = breach_lines([Breach("lost", f"line-{n}", "was never decided") for n in range(30)])
    assert lines[0] == "lost: line-0 was never decided"
    assert lines[-1] == "in all: lost 30"
    assert len(lines) == 11


async def test_progress_is_shown_on_a_terminal_only(tmp_path: Path) -> None:
    _, ledger = await run(tmp_path, StandIn(Site.fresh("demo")))
    for is_terminal in (True, False):
        console = Console(file=io.StringIO(), force_terminal=is_terminal)
        async with progress(ledger, COUNT, console):
            pass
        assert isinstance(console.file, io.StringIO)
        assert bool("called back" in console.file.getvalue()) == is_terminal


@pytest.mark.parametrize("written", [str, json.dumps])
def test_a_text_in_a_log_is_found_plain_or_escaped(
    tmp_path: Path, written: Callable[[str], str]
) -> None:
    log = tmp_path / "worker-1.log"
    comment = Comment("line-1", 'She said "the bridge is lovely" and went on and on.', "sha")
    log.write_text("a line without any\n")
    assert texts_in_logs([comment], [log], seed=1) == []
    log.write_text(f"oops: {written(comment.text)}\n")
    assert texts_in_logs([comment], [log], seed=1) != []
