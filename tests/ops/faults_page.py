"""docs/faults.md: what was played, and who was told what how soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.ops.watched import Notice

PAGE = Path(__file__).parents[2] / "docs/faults.md"
_HEAD = Path(__file__).with_name("faults_head.md")


@dataclass(frozen=True, slots=True)
class Played:
    """One fault, when it was there (monotonic, s), and the notices of its time."""

    name: str
    what: str
    lasts_s: float
    began: float
    ended: float
    notices: Sequence[Notice]
    already: Sequence[str]
    answers: dict[int, int] = field(default_factory=dict)

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Return alert, receiver, told after, ended after; by the time of telling."""
        first: dict[str, Notice] = {}
        last: dict[str, float] = {}
        for notice in self.notices:
            if notice.fires:
                first.setdefault(notice.alert, notice)
            elif notice.alert in first:
                last[notice.alert] = notice.at
        return [
            (
                one.alert,
                one.receiver,
                f"{one.at - self.began:.0f} s",
                f"{last[one.alert] - self.ended:.0f} s" if one.alert in last else "later",
            )
            for one in first.values()
        ]

    def lines(self) -> list[str]:
        """Return the same for a console."""
        return [" | ".join(row) for row in self.rows()] + [f"answers: {self.answers}"]


def text(played: Sequence[Played], when: datetime, factor: int) -> str:
    """Return the page."""
    parts = [_HEAD.read_text().format(date=f"{when:%Y-%m-%d}", factor=factor)]
    for one in played:
        parts.append(f"\n## {one.name}\n\n{one.what} It lasted {one.lasts_s:.0f} s.\n")
        if one.already:
            parts.append(f"\nStill firing from before: {', '.join(one.already)}.\n")
        parts.append("\n| Alert | To | Told after | Ended after |\n| --- | --- | --- | --- |\n")
        parts += [f"| {' | '.join(row)} |\n" for row in one.rows()]
        answers = ", ".join(
            f"{status or 'no answer'}: {count}" for status, count in one.answers.items()
        )
        parts.append(f"\nComments sent in that time, by the answer's status: {answers}.\n")
    return "".join(parts)
