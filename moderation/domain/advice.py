"""Advice on thresholds, from how many texts stood where and what people decided of them.

What a threshold would hold is counted. What people would reject of it is known only of the texts
that they read: nearly all that were held, and the sample of what was approved. So texts are weighed
by what they stand for: of each part of the range of scores, held and approved apart, those that
were read speak for those that were not. A part that hardly anybody read speaks for nothing, and
widens the range of what it belongs to by all that it might be.

Pure; no part of it decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from moderation.domain.interval import Interval, wilson

#: Parts of equal width that [0, 1] is counted in; a score on an edge belongs to the part above it,
#: as a score on a threshold is held.
BINS = 40
#: How many texts of one outcome have their score in one part. Outcomes: `h` held, `a` approved, `s`
#: approved and sampled, followed by what a person said: nothing, `a` approve, `r` reject, or `b`:
#: decided among many. Nobody read those one by one, so they are texts, but no readings.
Counts = Mapping[str, int]

#: The fewest read texts that speak for others, and the fewest that advice is given on.
SPEAKING, ENOUGH = 10, 30
#: The share of texts that nothing speaks for, beyond which a figure would say little.
MOST_UNREAD = 0.1


@dataclass(frozen=True, slots=True)
class _Part:
    """Texts of neighbouring scores and one origin: how many, how many were read, and rejected."""

    texts: int
    read: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """The share that people reject. `read`: on how many decisions it rests."""

    share: Interval
    read: int


@dataclass(frozen=True, slots=True)
class Row:
    """One threshold. `held`: how many texts reach it, `share` of all; `rejected`: of them.

    `rejected` is None where too few of them were read.
    """

    threshold: float
    held: int
    share: Interval
    rejected: Estimate | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A threshold, and the range in which the right one lies; `high` None: open above."""

    row: Row
    low: float
    high: float | None


def rows(bins: Sequence[Counts]) -> list[Row]:
    """Return what each threshold would have held, lowest first; empty where nothing was scored."""
    total = sum(texts for counts in bins for texts in _texts(counts))
    if not total:
        return []
    found = []
    for at in range(1, BINS):
        over = bins[at:]
        held = sum(texts for counts in over for texts in _texts(counts))
        share = wilson(held / total, total)
        found.append(Row(at / BINS, held, share, _estimate([*_held(over), *_approved(over)])))
    return found


def missed(bins: Sequence[Counts]) -> Estimate | None:
    """Return the share of approved texts that people would reject; None: too few were sampled."""
    return _estimate(list(_approved(bins)))


def for_precision(table: Sequence[Row], wanted: float) -> Suggestion | None:
    """Return the lowest threshold at which people reject at least `wanted` of what is held."""

    def reaches(bound: Callable[[Interval], float]) -> Callable[[Row], bool]:
        return lambda row: row.rejected is not None and bound(row.rejected.share) >= wanted

    return _suggested(
        table,
        reaches(lambda one: one.value),
        reaches(lambda one: one.high),
        reaches(lambda one: one.low),
    )


def for_share(table: Sequence[Row], wanted: float) -> Suggestion | None:
    """Return the lowest threshold that holds at most `wanted` of all texts."""
    return _suggested(
        table,
        lambda row: row.share.value <= wanted,
        lambda row: row.share.low <= wanted,
        lambda row: row.share.high <= wanted,
    )


def agreement(counts: Counts) -> Estimate | None:
    """Return how often people rejected what was held; None where nobody has decided."""
    read = counts.get("ha", 0) + counts.get("hr", 0)
    if read <= 0:
        return None
    rejected = min(read, max(0, counts.get("hr", 0)))
    return Estimate(wilson(rejected / read, read), read)


def _suggested(
    table: Sequence[Row],
    fits: Callable[[Row], bool],
    may_fit: Callable[[Row], bool],
    surely_fits: Callable[[Row], bool],
) -> Suggestion | None:
    """Return the lowest row that fits, between the lowest that may and the lowest that surely does.

    That is the test of each threshold turned round: the range holds those that it does not refute.
    """
    found = next(filter(fits, table), None)
    if found is None:
        return None
    low = next(row.threshold for row in table if may_fit(row))
    high = next((row.threshold for row in table if surely_fits(row)), None)
    return Suggestion(found, low, high)


def _texts(counts: Counts) -> Iterator[int]:
    return (max(0, number) for number in counts.values())


def _held(bins: Sequence[Counts]) -> Iterator[_Part]:
    return _parts(bins, "h", "ha", "hr")


def _approved(bins: Sequence[Counts]) -> Iterator[_Part]:
    # What somebody found by other ways (`ar`) is a text, but no reading: it was not drawn by lot.
    return _parts(bins, "as", "sa", "sr")


def _parts(bins: Sequence[Counts], origins: str, passed: str, refused: str) -> Iterator[_Part]:
    """Yield parts from the highest scores down, each as wide as it takes to be spoken for.

    A last one that is not goes to its neighbour.
    """
    waiting: _Part | None = None
    texts = read = rejected = 0
    for counts in reversed(bins):
        texts += sum(max(0, n) for outcome, n in counts.items() if outcome[0] in origins)
        no = max(0, counts.get(refused, 0))
        read += max(0, counts.get(passed, 0)) + no
        rejected += no
        if read >= SPEAKING:
            if waiting:
                yield waiting
            waiting = _Part(texts, read, rejected)
            texts = read = rejected = 0
    if waiting:
        yield _Part(waiting.texts + texts, waiting.read + read, waiting.rejected + rejected)
    elif texts:
        yield _Part(texts, read, rejected)


def _estimate(parts: Sequence[_Part]) -> Estimate | None:
    """Return the weighted share, with Wilson's interval on the number of readings it is worth."""
    speaking = [part for part in parts if part.read >= SPEAKING]
    known, read = sum(part.texts for part in speaking), sum(part.read for part in speaking)
    silent = sum(part.texts for part in parts) - known
    if read < ENOUGH or silent > MOST_UNREAD * (known + silent):
        return None
    value = sum(part.texts * part.rejected / part.read for part in speaking) / known
    # A part in which nobody rejected anything is not certain: half a rejection either way.
    spread, middle = 0.0, 0.0
    for part in speaking:
        weight, likely = part.texts / known, (part.rejected + 0.5) / (part.read + 1)
        spread += weight**2 * likely * (1 - likely) / part.read
        middle += weight * likely
    # Never more than were read: how texts fall into parts is chance too.
    plain = wilson(value, min(read, middle * (1 - middle) / spread))
    unread = silent / (known + silent)
    share = Interval(value, plain.low * (1 - unread), plain.high * (1 - unread) + unread)
    return Estimate(share, read)
