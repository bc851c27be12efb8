"""Which held comments a page shows, in which order: said in its address, so that it can be shared.

What stands there are ids, codes and bounds, never a text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from moderation.domain.decision import ReasonCode
from moderation.domain.scores import KNOWN_LABELS
from moderation.services.held import HeldFilter
from moderation.web.query import Cursor, Name
from moderation.web.review.queries import Asked, Flag, Number
from moderation.web.review.wording import named

_HOUR_S = 3600
ORDERS = (
    ("priority", "Most urgent"),
    ("age", "Oldest"),
    ("score", "Highest score"),
    ("threshold", "Closest to a threshold"),
    ("article", "By article"),
    ("author", "By author"),
)
_NO_REASONS = {ReasonCode.BELOW_THRESHOLDS, ReasonCode.PERSON}
_Code = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]


_Hours = Annotated[Number, Field(ge=0, le=1e6, allow_inf_nan=False)]
_Score = Annotated[Number, Field(ge=0, le=1.0001, allow_inf_nan=False)]


class QueueQuery(Asked):
    """What stands behind the `?` of the queue. Ages in hours, scores in [0, 1]."""

    site: Name | None = None
    order: Literal["priority", "age", "score", "threshold", "article", "author"] = "priority"
    cursor: Cursor | None = None
    article: Name | None = None
    author: Name | None = None
    section: Name | None = None
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] | None = None
    label: _Code | None = None
    reason: _Code | None = None
    older_h: _Hours | None = None
    younger_h: _Hours | None = None
    score_from: _Score | None = None
    score_to: _Score | None = None
    unscored: Flag = False
    mine: Flag = False
    escalated: Flag = False

    def wanted(self) -> HeldFilter:
        """Return the filter that the service knows."""
        given = self.model_dump(exclude={"site", "order", "cursor", "older_h", "younger_h"})
        return HeldFilter(
            **given,
            older_s=None if self.older_h is None else self.older_h * _HOUR_S,
            younger_s=None if self.younger_h is None else self.younger_h * _HOUR_S,
        )

    def is_filtered(self) -> bool:
        """Return whether anything but the order was chosen."""
        return self.wanted() != HeldFilter()

    def as_fields(self) -> dict[str, Any]:
        """Return each parameter as the form shows it."""
        given = self.model_dump()
        flags = {name: "1" for name, value in given.items() if value is True}
        return {**given, **flags}


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the form: a choice, where there are `choices`, else a line of `size`."""

    name: str
    said: str
    size: int = 12
    choices: tuple[tuple[str, str], ...] = ()
    type: str | None = None


_YES = (("1", "yes"),)
FIELDS = (
    FormField("article", "Article's id"),
    FormField("section", "Section"),
    FormField("author", "Author"),
    FormField("language", "Language", size=3),
    FormField("label", "Label", choices=tuple((one, named(one)) for one in sorted(KNOWN_LABELS))),
    FormField(
        "reason",
        "Reason",
        choices=tuple((one.value, named(one)) for one in ReasonCode if one not in _NO_REASONS),
    ),
    FormField("older_h", "Older than (h)", size=4, type="number"),
    FormField("younger_h", "Younger than (h)", size=4, type="number"),
    FormField("score_from", "Score from", size=4, type="number"),
    FormField("score_to", "Score below", size=4, type="number"),
    FormField("unscored", "Unscored", choices=_YES),
    FormField("mine", "Mine", choices=_YES),
    FormField("escalated", "Escalated", choices=_YES),
)
