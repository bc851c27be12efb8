"""The insights as figures: each a picture, what its colours mean, and the table behind it.

Only what is said and drawn; what is counted comes from `services/insights.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from moderation.domain import advice
from moderation.domain.advice import BINS, Estimate, Row
from moderation.domain.interval import Interval
from moderation.domain.scores import in_digits
from moderation.services.insights import AGES_S, Overview, split
from moderation.store.tallies import HIGHEST, WAITS_S, Tally
from moderation.web.review.drawing import plots
from moderation.web.review.drawing.figure import Figure
from moderation.web.review.drawing.plots import Line, Point, Stack
from moderation.web.review.wording import for_how_long, named

_PEOPLE = (("rejected", "rejected by people"), ("passed", "approved by people"))
_HELD = (*_PEOPLE, ("bulk", "decided in bulk"), ("open", "still waiting"))
_NO_CODE = "no reason given"
_DAY_S = 86_400


def percent(share: float) -> str:
    """Return a share as it is said: whole, or with a digit where it is small."""
    return f"{100 * share:.1f} %" if 0 < share < 0.1 else f"{100 * share:.0f} %"  # noqa: PLR2004


def spread(found: Interval) -> str:
    """Return a share with its range."""
    return f"{percent(found.value)} ({percent(found.low)} to {percent(found.high)})"


def guessed(found: Estimate | None) -> str:
    """Return a share that people would reject, or that too few have looked."""
    return spread(found.share) if found else "too few decisions"


def label_name(label: str) -> str:
    """Return a label in words."""
    return "Highest of all labels" if label == HIGHEST else named(label)


def figures(found: Overview, reject_reasons: Mapping[str, str]) -> list[Figure]:
    """Return all figures of the page but the advice. `reject_reasons`: code → label."""
    whole = found.together()
    reasons, labels = split(whole.whys)
    return [
        _scores(found),
        *_told(found),
        _held_by_day(found.days),
        _waits(whole),
        _waiting(found.waiting),
        _by_reason("Why texts were held", reasons, "reason"),
        _agreement(labels),
        _rejected_for(whole, reject_reasons),
        _acts(found.days),
    ]


def _scores(found: Overview) -> Figure:
    parts = [_stands(counts) for counts in found.bins]
    names = [f"{at / BINS:g}" if at % 4 else f"{at / BINS:.1f}" for at in range(BINS)]
    title = f"Scores, and what people decided: {label_name(found.label).lower()}"
    picture = plots.columns(
        title,
        [Stack(name, part[:-1]) for name, part in zip(names, parts, strict=True)],
        [kind for kind, _ in _HELD],
        across="score",
        lines=[Line(at, f"held from {in_digits(at)}") for at in found.thresholds],
        is_scale=True,
    )
    rows = [
        (f"{at / BINS:.3f} to {(at + 1) / BINS:.3f}", *(f"{n:,}" for n in part))
        for at, part in enumerate(parts)
        if any(part)
    ]
    head = ("score", *(meaning for _, meaning in _HELD), "approved by the model, unread")
    note = "What the model approved and nobody read is in the table only: it is most of all texts."
    return Figure(title, picture, _HELD, head, rows, note)


def tellers(found: Overview) -> str:
    """Return who said what of texts elsewhere."""
    return f"people of {found.community}" if found.community else "other systems' people"


def _told(found: Overview) -> list[Figure]:
    """Return what people elsewhere said of texts, nothing where they said nothing."""
    if not any(found.told):
        return []
    title = f"What {tellers(found)} said: {label_name(found.label).lower()}"
    kinds = (("rejected", "deserves the label"), ("passed", "does not"))
    points = [
        Stack(f"{at / BINS:g}" if at % 4 else f"{at / BINS:.1f}", _stands(counts)[:2])
        for at, counts in enumerate(found.told)
    ]
    lines = [Line(at, f"held from {in_digits(at)}") for at in found.thresholds]
    picture = plots.columns(
        title, points, [kind for kind, _ in kinds], across="score", lines=lines, is_scale=True
    )
    rows = [
        (
            in_digits(row.threshold),
            f"{row.held:,}",
            percent(row.share.value),
            guessed(row.rejected),
        )
        for row in advice.rows(found.told)[1::2]
    ]
    head = ("held from", "told texts held", "of all told", "of these deserved")
    note = "Sent as suggested scores. Nobody drew these texts by lot, so they count nowhere else."
    return [Figure(title, picture, kinds, head, rows, note)]


def _stands(counts: Mapping[str, int]) -> tuple[int, int, int, int, int]:
    """Return rejected and approved by people, decided in bulk, waiting, and let pass unread."""

    def several(*outcomes: str) -> int:
        return sum(max(0, counts.get(outcome, 0)) for outcome in outcomes)

    return (
        several("hr", "ar", "sr"),
        several("ha", "aa", "sa"),
        several("hb"),
        several("h", "s"),
        several("a"),
    )


def _held_by_day(days: Sequence[Tally]) -> Figure:
    shares, rows = [], []
    for day in days:
        every = sum(day.outcomes.values())
        held = sum(n for outcome, n in day.outcomes.items() if outcome[0] == "h")
        share = held / every if every > 0 else 0.0
        shares.append(Stack(_date(day.day, "%-d %b"), [100 * share]))
        if every:
            rows.append((_date(day.day, "%Y-%m-%d"), f"{every:,}", f"{held:,}", percent(share)))
    title = "Share held, by the day of receipt"
    picture = plots.columns(title, shares, ["held"], across="day (UTC)", unit=" %")
    return Figure(title, picture, [], ("day", "texts", "held", "share"), rows)


def _waits(whole: Tally) -> Figure:
    title = "From receipt to a person's first decision"
    return _steps(title, whole.waits, WAITS_S, "passed", "time")


def _waiting(counts: Sequence[int]) -> Figure:
    return _steps("What waits now, by age", counts, AGES_S, "open", "age")


def _steps(
    title: str, counts: Sequence[int], ends_s: Sequence[int], kind: str, what: str
) -> Figure:
    names = [
        *(f"under {for_how_long(end)}" for end in ends_s),
        f"{for_how_long(ends_s[-1])} or more",
    ]
    picture = plots.bars(
        title, [Stack(*one) for one in zip(names, _each(counts), strict=True)], [kind]
    )
    rows = [(name, f"{n:,}") for name, n in zip(names, counts, strict=True)]
    return Figure(
        title, picture, [], (what, "texts"), rows, "Each without those of the line above."
    )


def _each(counts: Iterable[int]) -> list[list[int]]:
    return [[count] for count in counts]


def _by_reason(title: str, reasons: Mapping[str, Mapping[str, int]], what: str) -> Figure:
    parts = {name: _stands(counts)[:-1] for name, counts in reasons.items()}
    most = sorted(parts.items(), key=lambda one: -sum(one[1]))
    stacks = [Stack(named(name), part) for name, part in most]
    picture = plots.bars(title, stacks, [kind for kind, _ in _HELD]) if most else None
    rows = [(named(name), *(f"{n:,}" for n in part)) for name, part in most]
    return Figure(title, picture, _HELD, (what, *(meaning for _, meaning in _HELD)), rows)


def _agreement(labels: Mapping[str, Mapping[str, int]]) -> Figure:
    title = "Agreement between the model and people, by label"
    rows = []
    for label, counts in sorted(labels.items()):
        found = advice.agreement(counts)
        agreed = spread(found.share) if found else "nobody decided yet"
        rows.append(
            (named(label), f"{sum(counts.values()):,}", f"{found.read if found else 0:,}", agreed)
        )
    drawn = _by_reason(title, labels, "label")
    note = "Of the texts held for a label and decided by people: how many they rejected."
    return Figure(title, drawn.picture, _HELD, ("label", "held", "decided", "rejected"), rows, note)


def _rejected_for(whole: Tally, known: Mapping[str, str]) -> Figure:
    title = "Why people rejected"
    counts = {label: whole.rejected_for.get(code, 0) for code, label in known.items()}
    counts[_NO_CODE] = whole.rejected_for.get("", 0)
    counts["other codes"] = whole.rejected_for.total() - sum(counts.values())
    most = sorted(((n, name) for name, n in counts.items() if n > 0), reverse=True)
    picture = (
        plots.bars(title, [Stack(name, [n]) for n, name in most], ["rejected"]) if most else None
    )
    return Figure(
        title, picture, [], ("reason", "rejections"), [(name, f"{n:,}") for n, name in most]
    )


def _acts(days: Sequence[Tally]) -> Figure:
    title = "What people did, by day"
    kinds = (
        ("rejected", "rejected"),
        ("passed", "approved"),
        ("bulk", "decided in bulk"),
        ("open", "put on hold"),
    )
    codes = ("reject", "approve", "bulk", "hold")
    stacks = [
        Stack(_date(day.day, "%-d %b"), [day.decisions[code] for code in codes]) for day in days
    ]
    rows = [
        (
            _date(day.day, "%Y-%m-%d"),
            *(f"{day.decisions[code]:,}" for code in (*codes, "undo")),
            f"{day.reversals:,}",
        )
        for day in days
        if day.decisions
    ]
    picture = plots.columns(title, stacks, [kind for kind, _ in kinds], across="day (UTC)")
    head = ("day", *(name for _, name in kinds), "taken back", "reversals")
    note = "A reversal is a decision on what a person had approved or rejected before."
    return Figure(title, picture, kinds, head, rows, note)


def precision(table: Sequence[Row], found: Overview) -> Figure:
    """Return how much of what each threshold holds people reject; without a picture if unknown."""
    points = [
        Point(
            row.threshold, row.rejected.share.low, row.rejected.share.value, row.rejected.share.high
        )
        for row in table
        if row.rejected
    ]
    title = f"Share rejected of what a threshold holds: {label_name(found.label).lower()}"
    lines = [Line(at, f"now {in_digits(at)}") for at in found.thresholds]
    picture = plots.curve(title, points, across="threshold", lines=lines) if points else None
    rows = [
        (in_digits(row.threshold), f"{row.held:,}", percent(row.share.value), guessed(row.rejected),
         f"{row.rejected.read:,}" if row.rejected else "")
        for row in table[1::2]
    ]  # fmt: skip
    head = ("held from", "texts held", "of all", "of these rejected", "decisions behind it")
    return Figure(
        title, picture, [("band", "range in 95 of 100 cases")] if points else [], head, rows
    )


def _date(day: int, form: str) -> str:
    return datetime.fromtimestamp(day * _DAY_S, UTC).strftime(form)
