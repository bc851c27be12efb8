"""Where a second model would differ from the first: counts, distances, and who agrees with people.

Built from the kept comparisons of one pair of models; nothing is scored again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from moderation.domain.decision import Decision
from moderation.store import comparisons
from moderation.store.comparisons import Comparison
from moderation.store.store import Store


@dataclass(slots=True)
class Distance:
    """How far the second model's score of one label lies from the first one's."""

    count: int = 0
    total: float = 0.0
    signed: float = 0.0
    largest: float = 0.0

    def add(self, first: float, second: float) -> None:
        """Count one comment."""
        away = abs(second - first)
        self.count += 1
        self.total += away
        self.signed += second - first
        self.largest = max(self.largest, away)

    def to_dict(self) -> dict[str, float]:
        """Return the mean distance, the mean shift and the largest distance."""
        return {
            "mean": round(self.total / self.count, 4),
            "shift": round(self.signed / self.count, 4),
            "largest": round(self.largest, 4),
        }


@dataclass(slots=True)
class ShadowReport:
    """A pair of models compared. `changes`: (first's decision, second's) → comments.

    `right`: of the comments that a person decided, how often each model had it as the person did,
    a rejection being a hold that was right. `farthest`: ids, the largest distance first.
    """

    models: tuple[str, str]
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    distances: dict[str, Distance] = field(default_factory=dict)
    judged: int = 0
    right: list[int] = field(default_factory=lambda: [0, 0])
    farthest: list[tuple[float, str]] = field(default_factory=list)

    def add(self, one: Comparison, listed: int) -> None:
        """Count one comparison; keep the `listed` ones with the largest distances."""
        self.changes[one.first.decision, one.second.decision] += 1
        largest = 0.0
        for label in one.first.scores.keys() & one.second.scores.keys():
            first, second = one.first.scores[label], one.second.scores[label]
            self.distances.setdefault(label, Distance()).add(first, second)
            largest = max(largest, abs(second - first))
        self.farthest = sorted([*self.farthest, (largest, one.comment)], reverse=True)[:listed]
        if one.person:
            self.judged += 1
            wanted = Decision.APPROVE if one.person == Decision.APPROVE else Decision.HOLD
            for side, model in enumerate((one.first, one.second)):
                self.right[side] += model.decision == wanted

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON can hold it."""
        return {
            "models": list(self.models),
            "comments": self.changes.total(),
            "decisions": [
                {"first": first, "second": second, "comments": count}
                for (first, second), count in sorted(self.changes.items())
            ],
            "scores": {label: one.to_dict() for label, one in sorted(self.distances.items())},
            "decided_by_people": {"comments": self.judged, "first": self.right[0],
                                  "second": self.right[1]},
            "farthest": [{"id": comment, "distance": round(away, 4)}
                         for away, comment in self.farthest],
        }  # fmt: skip


async def shadow_reports(store: Store, listed: int) -> list[ShadowReport]:
    """Return a report for each pair of models that was compared, the largest first."""
    found: dict[tuple[str, str], ShadowReport] = {}
    async for one in comparisons.noted(store):
        pair = (one.first.model, one.second.model)
        found.setdefault(pair, ShadowReport(pair)).add(one, listed)
    return sorted(found.values(), key=lambda report: -report.changes.total())
