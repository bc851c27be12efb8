"""What a proof found, in numbers, for the terminal and for docs/proofs.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from rich.table import Table

from tests.acceptance.driver.ledger import Ledger
from tests.acceptance.driver.story import stories
from tests.acceptance.driver.summary import breach_lines
from tests.proofs.window import Verdict


class Proved(Protocol):
    """What every proof returns: whether it holds, in numbers, and a line for each fault."""

    @property
    def is_kept(self) -> bool:
        """Tell whether it holds."""

    def table(self) -> Table:
        """Return the run in numbers."""

    def faults(self) -> list[str]:
        """Return a line for each fault."""


@dataclass(slots=True)
class Outcome:
    """A run's verdict and the rows that are its own."""

    title: str
    ledger: Ledger
    verdict: Verdict
    rows: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_kept(self) -> bool:
        """Tell whether nothing was broken but what the level of durability says."""
        return not self.verdict.unexcused

    def faults(self) -> list[str]:
        """Return the breaches without an excuse, the first of each kind."""
        return breach_lines(self.verdict.unexcused)

    def table(self) -> Table:
        """Return the run in numbers."""
        ledger, verdict = self.ledger, self.verdict
        told = stories(ledger.journal.events).values()
        broken = {(breach.rule, breach.id) for breach in verdict.unexcused}
        rules = [rule for rule, _ in broken]
        answers = ", ".join(f"{status} {n}" for status, n in sorted(ledger.answers.items()))
        grid = Table(title=self.title, show_header=False)
        grid.add_column()
        grid.add_column(justify="right")
        for name, value in (
            *self.rows,
            ("answers", answers),
            ("accepted", f"{len(ledger.accepted):,}"),
            ("decided exactly once", f"{sum(len(story.machine) == 1 for story in told):,}"),
            ("accepted and lost, as this level may", str(verdict.lost)),
            ("set back and decided again, as it may", str(verdict.set_back)),
            ("lost without excuse", str(rules.count("lost"))),
            ("decided twice without excuse", str(rules.count("decided_twice"))),
            ("broken promises in all", str(len(broken))),
        ):
            grid.add_row(name, value)
        return grid
