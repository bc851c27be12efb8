"""What the model is to reach, and on which data each goal is measured here.

The goals are the project's; they are printed whether met or missed. The sets that decide in the
end are not at hand, so that each figure stands in for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from moderation.domain.interval import Interval
from moderation.evaluation.chapter import Figure


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that has to be at least (or, `at_most`, no more than) `limit`."""

    key: str
    title: str
    limit: float
    measured_on: str
    at_most: bool = False

    def met(self, value: float) -> bool:
        """Return whether the figure reaches the goal."""
        return value <= self.limit if self.at_most else value >= self.limit


MET = "yes"

_JIGSAW = "held-out natural Jigsaw"
_NEWS = "Globe and Mail (Unhealthy Comments Corpus)"
_TEMPLATES = "a sample of bias-madlibs"

GOALS = (
    Goal("natural_auc", "natural comments: AUC toxicity", 0.985, _JIGSAW),
    Goal("news_held", "benign news comments held", 0.03, _NEWS, at_most=True),
    Goal("toxic_held", "toxic Wikipedia comments held", 0.90, _JIGSAW),
    Goal("news_auc", "hostile against healthy news comments: AUC", 0.85, _NEWS),
    Goal("social_auc", "toxic social-media posts: AUC", 0.95, "held-out tweets (Davidson)"),
    Goal("identity_auc", "identity templates: AUC", 0.97, _TEMPLATES),
    Goal("identity_gap", "false-hold gap between identities", 0.05, _TEMPLATES, at_most=True),
    Goal("functional_auc", "functional hate tests: AUC", 0.80, "own cases (functional.toml)"),
    Goal(
        "obfuscation",
        "recall lost to disguises made by hand",
        0.10,
        f"{_JIGSAW}, disguised by code",
        at_most=True,
    ),
    Goal("perspective", "rank correlation with Perspective", 0.80, "texts about groups of people"),
    Goal("calibration", "scores around 0.8: distance from what came", 0.05, _JIGSAW, at_most=True),
)


def judged(figures: Mapping[str, Figure]) -> dict[str, dict[str, Figure]]:
    """Return each goal's row: what is wanted, what was measured, and whether it is met."""
    rows: dict[str, dict[str, Figure]] = {}
    for goal in GOALS:
        figure = figures.get(goal.key)
        value = figure.value if isinstance(figure, Interval) else figure
        rows[goal.title] = {
            "wanted": f"{'≤' if goal.at_most else '≥'} {goal.limit:g}",
            "measured": figure,
            "met": _verdict(goal, value),
            "measured on": goal.measured_on,
        }
    return rows


def _verdict(goal: Goal, value: object) -> str:
    if not isinstance(value, float):
        return "not measured"
    return MET if goal.met(value) else "**no**"


def lost(
    now: Mapping[str, Mapping[str, object]], before: Mapping[str, Mapping[str, object]]
) -> str:
    """Return one sentence on the goals that another model met and this one does not."""
    titles = [
        title
        for title, row in now.items()
        if before.get(title, {}).get("met") == MET and row["met"] != MET
    ]
    if not titles:
        return "No goal that the other model met is lost."
    return f"Lost, of what the other model met: {'; '.join(titles)}."
