"""OpenAI's categories, and which of the model's labels speak for them.

A category that no label speaks for scores 0 and is never true: the model does not look for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moderation.domain.scores import Scores

#: The labels of a category: any of them.
_ANY: Mapping[str, tuple[str, ...]] = {
    "harassment": ("toxicity", "severe_toxicity", "obscene", "insult"),
    "harassment/threatening": ("threat",),
    "hate": ("identity_attack",),
    "sexual": ("sexual_explicit",),
}
#: The labels of a category: all of them.
_ALL: Mapping[str, tuple[str, ...]] = {"hate/threatening": ("identity_attack", "threat")}
#: Every category, in the order of OpenAI's own answers.
CATEGORIES = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit",
    "illicit/violent", "self-harm", "self-harm/intent", "self-harm/instructions", "sexual",
    "sexual/minors", "violence", "violence/graphic",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """What one text gets: each category's score, and whether its threshold is reached.

    `flagged`: whether the policy would hold the text for its scores, of whichever label.
    """

    scores: Mapping[str, float]
    reached: Mapping[str, bool]
    flagged: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the result as it is sent."""
        return {
            "flagged": self.flagged,
            "categories": dict(self.reached),
            "category_scores": dict(self.scores),
            "category_applied_input_types": {name: ["text"] for name in self.scores},
        }


def result(scores: Scores, thresholds: Mapping[str, float]) -> Result:
    """Return the result of one text.

    A label without a threshold reaches none; a threshold whose label has no score flags the text,
    as it would be held.
    """
    over = {label: scores[label] >= thresholds[label] for label in thresholds if label in scores}
    found, reached = dict.fromkeys(CATEGORIES, 0.0), dict.fromkeys(CATEGORIES, False)
    for category, labels in _ANY.items():
        found[category] = max((scores.get(label, 0.0) for label in labels), default=0.0)
        reached[category] = any(over.get(label, False) for label in labels)
    for category, labels in _ALL.items():
        found[category] = min(scores.get(label, 0.0) for label in labels)
        reached[category] = all(over.get(label, False) for label in labels)
    return Result(found, reached, any(over.values()) or not scores.keys() >= thresholds.keys())
