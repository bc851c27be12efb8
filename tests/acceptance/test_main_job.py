"""The main job, small: signed comments through separate processes, and again with each killed.

`make demo DATA=FILE` is the same driver on thousands of real comments.
"""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.driver.demo import Report, demonstrate
from tests.acceptance.driver.drive import Plan
from tests.acceptance.driver.schedule import TARGETS, kills
from tests.acceptance.driver.summary import breach_lines
from tests.acceptance.driver.texts import mild_comments

COUNT = 150
RATE = 25.0
SEED = 7


def kept(report: Report) -> bool:
    """Every promise was kept, for every comment; else say which was not."""
    assert not report.breaches, "\n".join(breach_lines(report.breaches))
    done = report.ledger
    return len(done.accepted) == len(done.decided) == len(done.called_back) == COUNT


async def test_every_comment_is_decided_once_and_called_back(tmp_path: Path) -> None:
    plan = Plan(rate=RATE, seed=SEED)
    report = await demonstrate(mild_comments(COUNT, SEED), plan, tmp_path)
    assert kept(report)
    decisions = {event.decision for event in report.ledger.journal.events if event.op == "decided"}
    assert decisions == {"approve", "hold"}


async def test_nothing_is_lost_or_decided_twice_when_each_process_is_killed(tmp_path: Path) -> None:
    planned = kills(2 * len(TARGETS), COUNT / RATE, SEED)
    plan = Plan(rate=RATE, seed=SEED, duplicates=0.1, kills=planned)
    report = await demonstrate(mild_comments(COUNT, SEED), plan, tmp_path, failing=0.1)
    assert kept(report)
    assert set(report.ledger.kills) == set(TARGETS)
