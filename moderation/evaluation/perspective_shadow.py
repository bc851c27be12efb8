"""What was kept beside Perspective, as figures: agreement, and the thresholds of a like share.

The document is plain values; pictures and Markdown are made from them (`perspective_page.py`). It
knows no text, since none was kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from moderation.domain.interval import Interval
from moderation.domain.perspective_pair import WHOLE, Calls, Fate, Pair, read_line, thousandths
from moderation.evaluation.matching import ENOUGH, Ints, matched, rank_agreement
from moderation.evaluation.metrics import share, spearman

DOCUMENT_FORMAT = 1
#: Thresholds for Perspective that are looked at where none was named.
USUAL = (0.7, 0.8, 0.9)
_DIGITS = 4
_QUANTILES = (5, 25, 50, 75, 95)

Document = dict[str, Any]
Scores = Mapping[str, tuple[Ints, Ints]]


@dataclass(slots=True)
class _Columns:
    """The scores of one attribute, in thousandths; ours are empty where the model has none."""

    theirs: list[int] = field(default_factory=list)
    ours: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Kept:
    """All that a file says, of the model that was last in it.

    `scores`: attribute → Perspective's and ours. `not_served`: attributes that the model has no
    label for, and how often they were asked. `others`: calls compared with other models.
    """

    model: str
    days: tuple[str, str]
    compared: int
    scores: Scores
    not_served: Mapping[str, int]
    calls: Mapping[Fate, int]
    others: int
    unread: int


def gathered(lines: Iterable[bytes]) -> Kept | None:
    """Read a file's lines; None where nothing was compared."""
    columns: dict[str, dict[str, _Columns]] = defaultdict(lambda: defaultdict(_Columns))
    not_served: dict[str, Counter[str]] = defaultdict(Counter)
    days: dict[str, list[str]] = defaultdict(list)
    count: Counter[str] = Counter()
    calls: Counter[Fate] = Counter()
    model, unread = "", 0
    for line in lines:
        match read_line(line):
            case Pair() as pair:
                model = pair.model
                count[model] += 1
                days[model] = [*days[model][:1], pair.day]
                for name, (theirs, ours) in pair.scores.items():
                    if ours is None:
                        not_served[model][name] += 1
                    else:
                        columns[model][name].theirs.append(theirs)
                        columns[model][name].ours.append(ours)
            case Calls() as counted:
                calls.update(counted.count)
            case None:
                unread += 1
    if not count:
        return None
    scores = {name: _arrays(one) for name, one in sorted(columns[model].items())}
    first_and_last = (days[model][0], days[model][-1])
    others = count.total() - count[model]
    return Kept(
        model, first_and_last, count[model], scores, not_served[model], calls, others, unread
    )


def document(kept: Kept, wanted: Mapping[str, Sequence[float]]) -> Document:
    """Return the report as plain values; `wanted`: attribute → thresholds for Perspective.

    Attributes without any are looked at with the usual ones.
    """
    rows = [
        (name, at, theirs, ours)
        for name, (theirs, ours) in kept.scores.items()
        for at in wanted.get(name, () if wanted else USUAL)
    ]
    return {
        "format": DOCUMENT_FORMAT,
        "model": kept.model,
        "from": kept.days[0],
        "to": kept.days[1],
        "compared": kept.compared,
        "calls": {fate.value: kept.calls[fate] for fate in Fate if kept.calls.get(fate)},
        "of_other_models": kept.others,
        "unreadable_lines": kept.unread,
        "not_served": dict(sorted(kept.not_served.items())),
        "thresholds": {f"{name} {at:g}": _row(theirs, ours, at) for name, at, theirs, ours in rows},
        "agreement": {name: _agreement(*both) for name, both in kept.scores.items()},
    }


def _arrays(columns: _Columns) -> tuple[Ints, Ints]:
    return np.array(columns.theirs, dtype=np.int64), np.array(columns.ours, dtype=np.int64)


def _row(theirs: Ints, ours: Ints, at: float) -> Document:
    there, limit = theirs >= thousandths(at), matched(theirs, ours, thousandths(at))
    same = ours >= thousandths(at)
    row = {
        "comments": len(theirs),
        "over it": int(there.sum()),
        "enough": int(there.sum()) >= ENOUGH,
        "held there": _plain(share(there)),
        "held here at the same number": _plain(share(same)),
        "at the same number": _crossed(there, same),
        "threshold here": _plain(limit),
    }
    if limit:
        here = ours >= thousandths(limit.value)
        row["held here at it"] = _plain(share(here))
        row["at the threshold here"] = _crossed(there, here)
    return row


def _crossed(there: np.ndarray[Any, np.dtype[np.bool_]], here: Any) -> dict[str, int]:  # noqa: ANN401
    return {
        "both": int((there & here).sum()),
        "only Perspective": int((there & ~here).sum()),
        "only here": int((~there & here).sum()),
        "neither": int((~there & ~here).sum()),
    }


def _agreement(theirs: Ints, ours: Ints) -> Document:
    difference = np.quantile((ours - theirs) / WHOLE, [part / 100 for part in _QUANTILES])
    steps = (f"{part} %" for part in _QUANTILES)
    return {
        "comments": len(theirs),
        "Spearman": _plain(rank_agreement(spearman(theirs / WHOLE, ours / WHOLE), len(theirs))),
        "mean there": round(float(theirs.mean()) / WHOLE, _DIGITS),
        "mean here": round(float(ours.mean()) / WHOLE, _DIGITS),
        "here less there": {
            name: round(float(one), _DIGITS) for name, one in zip(steps, difference, strict=True)
        },
    }


def _plain(figure: Interval | None) -> dict[str, float] | None:
    if figure is None:
        return None
    ends = {"value": figure.value, "low": figure.low, "high": figure.high}
    return {name: round(end, _DIGITS) for name, end in ends.items()}
