"""Judges a history: was every promise kept?

Pure: events in, findings out. In short: all that was accepted is decided, nothing else is, by
exactly one effective machine decision a (comment, revision), about its own text, called back in
order.
The rules read top to bottom; each tells one comment's breaches, `_MIX_UPS` those between comments.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from tests.acceptance.driver.events import Event
from tests.acceptance.driver.story import Story, content, stories

# An int8 model rounds a little differently in another batch; a neighbour's score is further away.
SCORE_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken promise: the rule's name, the comment's external id, and what was seen."""

    rule: str
    id: str
    detail: str


Rule = Callable[[Story], Iterator[str]]


def lost(story: Story) -> Iterator[str]:
    """Tell an accepted comment whose newest accepted text was never decided."""
    if story.ok:
        newest = max(event.rev for event in story.ok)
        if all(event.rev != newest for event in story.decided):
            yield f"revision {newest} was accepted and never decided"


def invented(story: Story) -> Iterator[str]:
    """Tell a decision on something that was neither accepted nor possibly accepted."""
    known = {event.rev for event in story.ok} | story.unknown
    for event in story.decided:
        if event.rev not in known:
            yield f"revision {event.rev} was decided and never accepted"


def decided_twice(story: Story) -> Iterator[str]:
    """Tell a second machine decision on a revision.

    One release is right: an unscored hold that is scored after all, unless a person came first.
    """
    for rev in {event.rev for event in story.machine}:
        of_rev = [event for event in story.machine if event.rev == rev]
        for earlier, later in pairwise(of_rev):
            if not _is_unscored(earlier) or _is_unscored(later) or later.version == earlier.version:
                versions = f"{earlier.version} and {later.version}"
                yield f"revision {rev} was decided by machines at {versions}"
    people = [event for event in story.decided if event.by == "person"]
    for event in story.machine:
        if any(one.rev == event.rev and one.version < event.version for one in people):
            yield f"a machine decided at {event.version} after a person"


def two_comments(story: Story) -> Iterator[str]:
    """Tell one external id that became two comments."""
    names = {event.comment for event in [*story.ok, *story.decided, *story.callbacks]}
    if len(names) > 1:
        yield f"one external id became {len(names)} comments"


def unsound(story: Story) -> Iterator[str]:
    """Tell a machine decision that no machine may take, or that does not explain itself."""
    for event in story.machine:
        if event.decision not in {"approve", "hold"}:
            yield f"a machine decided {event.decision!r}"
        if event.decision == "approve" and not _is_finite(event):
            yield "approved without a finite score"
        if not event.codes:
            yield f"version {event.version} gives no reason"


def other_text(story: Story) -> Iterator[str]:
    """Tell an answer, decision or callback whose hash is not that of the text sent."""
    for event in [*story.ok, *story.decided, *story.callbacks]:
        if event.sha != story.sent.get(event.rev):
            yield f"{event.op} of revision {event.rev} is about another text"


def old_revision(story: Story) -> Iterator[str]:
    """Tell a decision on an old text that came after one on a newer text."""
    for earlier, later in pairwise(story.decided):
        if later.rev < earlier.rev:
            yield f"revision {later.rev} was decided after revision {earlier.rev}"


def answer_differs(story: Story) -> Iterator[str]:
    """Tell an answer or a callback that says other things than the feed about one version."""
    told = {event.version: event for event in story.decided}
    for event in [*story.ok, *story.callbacks]:
        if event.decision is None:
            continue
        if event.version not in told:
            yield f"{event.op} tells version {event.version}, which the feed does not"
        elif content(event) != content(told[event.version]):
            yield f"{event.op} and feed differ about version {event.version}"


def callback_missing(story: Story) -> Iterator[str]:
    """Tell a decision that was never called back."""
    told = {event.version for event in story.callbacks}
    for event in story.decided:
        if event.version not in told:
            yield f"version {event.version} was never called back"


def callback_forged(story: Story) -> Iterator[str]:
    """Tell a callback whose signature does not hold."""
    for event in story.callbacks:
        if not event.verified:
            yield f"a callback of version {event.version} could not be verified"


def callback_order(story: Story) -> Iterator[str]:
    """Tell a callback that came after a newer one."""
    for earlier, later in pairwise(story.callbacks):
        if later.version < earlier.version:
            yield f"version {later.version} was called back after {earlier.version}"


def callback_id(story: Story) -> Iterator[str]:
    """Tell a redelivery under a new id, or one id for two events: no receiver could tell them."""
    attempts = [*story.callbacks, *story.turned_away]
    pairs = {(event.version, event.delivery) for event in attempts}
    for which, name in enumerate(("version", "delivery")):
        counts = Counter(pair[which] for pair in pairs)
        yield from (f"{name} {key} has {n} partners" for key, n in counts.items() if n > 1)


def surprise(story: Story) -> Iterator[str]:
    """Tell an answer of the API that no correct run holds."""
    for event in story.surprises:
        yield f"the API answered {event.status}"


RULES: tuple[Rule, ...] = (
    lost,
    invented,
    decided_twice,
    two_comments,
    unsound,
    other_text,
    old_revision,
    answer_differs,
    callback_missing,
    callback_forged,
    callback_order,
    callback_id,
    surprise,
)


def check(events: Iterable[Event]) -> list[Breach]:
    """Return every broken promise in a history; none, if all were kept."""
    history = list(events)
    told = stories(history)
    found = [
        Breach(rule.__name__, story.id, detail)
        for story in told.values()
        for rule in RULES
        for detail in rule(story)
    ]
    for mix_up in _MIX_UPS:
        found.extend(mix_up(history))
    return found


def shared_ids(history: list[Event]) -> Iterator[Breach]:
    """Tell a comment or a delivery that stands for two of the CMS's comments."""
    owners: dict[tuple[str, str], str] = {}
    for event in history:
        for kind, name in (("comment", event.comment), ("delivery", event.delivery)):
            if name and owners.setdefault((kind, name), event.id) != event.id:
                yield Breach("shared_ids", event.id, f"shares a {kind} id with another comment")


def other_score(history: list[Event]) -> Iterator[Breach]:
    """Tell a text that was scored in two ways in one run: one of them is a neighbour's score."""
    first: dict[str, Event] = {}
    for event in history:
        if event.op in {"decided", "scored"} and event.scores:
            other = first.setdefault(event.sha, event)
            if not _is_close(event.scores, other.scores or {}):
                detail = f"scored unlike {other.id or 'a scorer alone'}, whose text is the same"
                yield Breach("other_score", event.id, detail)


_MIX_UPS = (shared_ids, other_score)


def _is_unscored(event: Event) -> bool:
    return event.by == "fallback" or "unscored" in event.codes


def _is_finite(event: Event) -> bool:
    scores = event.scores or {}
    return bool(scores) and all(math.isfinite(p) for p in scores.values())


def _is_close(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return one.keys() == other.keys() and all(
        abs(p - other[label]) <= SCORE_TOLERANCE for label, p in one.items()
    )
