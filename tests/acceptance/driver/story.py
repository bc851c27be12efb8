"""One comment's events, gathered: what was sent, promised, decided and called back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.acceptance.driver.events import Event

_MACHINES = {"model", "rule", "fallback"}


@dataclass(slots=True)
class Story:
    """Everything seen of one comment; `decided` without repeats of the same page, by version."""

    id: str
    sent: dict[int, str] = field(default_factory=dict)
    ok: list[Event] = field(default_factory=list)
    unknown: set[int] = field(default_factory=set)
    surprises: list[Event] = field(default_factory=list)
    decided: list[Event] = field(default_factory=list)
    callbacks: list[Event] = field(default_factory=list)
    turned_away: list[Event] = field(default_factory=list)

    @property
    def machine(self) -> list[Event]:
        """Decisions that no person took."""
        return [event for event in self.decided if event.by in _MACHINES]


def stories(events: Iterable[Event]) -> dict[str, Story]:
    """Return each comment's story by its external id."""
    told: dict[str, Story] = {}
    for event in events:
        if event.op in {"kill", "scored"}:
            continue
        story = told.setdefault(event.id, Story(event.id))
        match event.op:
            case "sent":
                story.sent.setdefault(event.rev, event.sha)
            case "ok":
                story.ok.append(event)
            case "unknown":
                story.unknown.add(event.rev)
            case "surprise":
                story.unknown.add(event.rev)
                story.surprises.append(event)
            case "decided" if not any(_is_repeat(event, other) for other in story.decided):
                story.decided.append(event)
            case "callback":
                story.callbacks.append(event)
            case "turned_away":
                story.turned_away.append(event)
    for story in told.values():
        story.decided.sort(key=lambda event: event.version)
    return told


def content(event: Event) -> tuple[object, ...]:
    """Return what an answer says of one version, however it was told."""
    return (event.rev, event.sha, event.decision, event.by, event.codes, event.scores, event.model)


def _is_repeat(event: Event, other: Event) -> bool:
    return (
        (event.comment, event.version, event.decided_at)
        == (other.comment, other.version, other.decided_at)
    ) and content(event) == content(other)
