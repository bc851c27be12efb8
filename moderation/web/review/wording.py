"""The page's sentences on who did what, and when: plain words, with the numbers.

Sentences are about comments, never made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moderation.domain.decision import DecidedBy, ReasonCode

Facts = Mapping[str, Any]

_NOW, _MOMENTS = "just now", {"0 s", "1 s"}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
#: Up to twice a unit, the smaller one says more: "90 min".
_UNITS = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"))

_BY_PERSON = {"approve": "approved it", "reject": "rejected it", "hold": "put it on hold"}
_BY_MACHINE = {"approve": "approved", "hold": "held"}
_ON_APPEAL = {
    "granted": "granted its author's appeal and approved it",
    "upheld": "upheld the rejection on its author's appeal",
}
_MACHINES: dict[str, str] = {DecidedBy.MODEL: "the model", DecidedBy.RULE: "a rule"}


def named(name: str) -> str:
    """Return the name of a label, reason or section as words: `identity_attack`."""
    return sentence(name.replace("_", " "))


def for_how_long(seconds: float) -> str:
    """Return a length of time in its largest unit: `45 s`, `12 min`, `3 h`."""
    for size, unit in _UNITS:
        if seconds >= 2 * size or (seconds >= size and seconds % size == 0):
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def age(at: str, now: datetime) -> str:
    """Return how long ago a moment was, given as RFC 3339."""
    return for_how_long((now - datetime.fromisoformat(at)).total_seconds())


def who(event: Facts) -> str:
    """Return who did something: a person's name, or which machine."""
    actor = event.get("actor") or {}
    if actor:
        return str(actor.get("name") or actor.get("id"))
    return _MACHINES.get(event.get("decided_by") or "", "the service")


def ago(at: str, now: datetime | None = None) -> str:
    """Return how long ago a moment was as a person says it: `12 min ago`, `just now`."""
    said = age(at, now or datetime.now(UTC))
    return _NOW if said in _MOMENTS else f"{said} ago"


def old(at: str, now: datetime | None = None) -> str:
    """Return how old something is as a person says it: `12 min old`, `just now`."""
    said = age(at, now or datetime.now(UTC))
    return _NOW if said in _MOMENTS else f"{said} old"


def news(event: Facts, now: datetime | None = None) -> str:
    """Return what a colleague did meanwhile, as news: `changed` of a refusal, or a live event."""
    when = f", {ago(event['at'], now)}" if event.get("at") else ""
    return f"{begun(event)}{when}."


def searched(looked: int, held: int) -> str:
    """Return how far a search for a text has come through what is held, the newest first."""
    if not held:
        return "Nothing is held."
    if looked >= held:
        return f"Looked through all {held:,} held comments."
    return f"Looked through {looked:,} of {held:,} held comments, from the newest on."


def waiting_appeals(count: int) -> str:
    """Return how many appeals wait."""
    if not count:
        return "None waits."
    return "1 waits." if count == 1 else f"{count:,} wait."


def rejected(appeal: Facts, now: datetime | None = None) -> str:
    """Return who rejected what is appealed, when, and why, as moderators read it."""
    when = ago(appeal["rejected_at"], now)
    as_what = f": {appeal['reason']}" if appeal.get("reason") else ""
    return f"{appeal.get('rejected_by') or 'Somebody'} rejected it {when}{as_what}."


def band(total: int, count: int, low: float, high: float) -> str:
    """Return how many are held in a band of scores, and on how many of them an act decides."""
    where = f"with a score from {low:g} to {high:g}"
    if not total:
        return f"Nothing is held {where}."
    held = f"{total:,} {'is' if total == 1 else 'are'} held {where}."
    if count == total:
        return held
    which = f"these are the {count:,} highest" if count else "none can be decided on here"
    return f"{held[:-1]}; {which}."


def left_out(claimed: int, unscored: int) -> str:
    """Return what a band leaves out, empty for nothing."""
    parts = [f"{claimed:,} in a colleague's hands"] if claimed else []
    parts += [f"{unscored:,} without a score that means anything"] if unscored else []
    return f"Left out: {', '.join(parts)}." if parts else ""


#: What each group of a conversation is to the comment that it is shown for.
THREAD = {
    "parent": "What it answers",
    "siblings": "Other answers to the same",
    "answers": "Answers to it",
    "article": "On the same article",
}


def sentence(said: str) -> str:
    """Return something said with a capital letter."""
    return said[:1].upper() + said[1:]


def happened(event: Facts) -> str:
    """Return what an event of a comment's history is, without its time."""
    say = _EVENTS.get(event.get("type") or "")
    return say(event) if say else "something else happened to it"


def begun(event: Facts) -> str:
    """Return `happened` as a sentence begins; a person's name stays as they write it."""
    said = happened(event)
    name = (event.get("actor") or {}).get("name")
    return said if name and said.startswith(name) else sentence(said)


def _decided(event: Facts) -> str:
    decision = event.get("decision") or ""
    if event.get("decided_by") == DecidedBy.FALLBACK:
        return "held for lack of a score"
    if not event.get("actor"):
        return f"{_BY_MACHINE.get(decision, 'decided')} by {who(event)}"
    appeal = (event.get("appeal") or {}).get("status")
    if event.get("undoes"):
        return _EVENTS["reopened" if appeal == "open" else "undone"](event)
    if appeal:
        return f"{who(event)} {_ON_APPEAL[appeal]}"
    reasons = event.get("reasons") or []
    label = next((one["label"] for one in reasons if one["code"] == ReasonCode.PERSON), None)
    as_what = f" ({named(label).lower()})" if label else ""
    one_of = f", one of {batch['size']:,} chosen at once" if (batch := event.get("batch")) else ""
    return f"{who(event)} {_BY_PERSON.get(decision, 'decided on it')}{as_what}{one_of}"


_EVENTS: dict[str, Callable[[Facts], str]] = {
    "received": lambda _: "the comment came in",
    "edited": lambda _: "its author changed the text",
    "erased": lambda _: "the comment was erased",
    "escalated": lambda event: f"{who(event)} escalated it",
    "confirmed": lambda event: f"{who(event)} read it and left it approved",
    "claimed": lambda event: f"{who(event)} is looking at it",
    "released": lambda event: f"{who(event)} left it to others",
    "appealed": lambda _: "its author appealed against the rejection",
    "reopened": lambda event: f"{who(event)} took their decision back; the appeal is open again",
    "decided": _decided,
    "held": _decided,
    "undone": lambda event: f"{who(event)} took {_undone(event)}; it is held again",
}


def _undone(event: Facts) -> str:
    batch = event.get("undoes_batch")
    if not batch:
        return "their decision back"
    return f"back what they decided on {batch['size']:,} at once"


def left_alone(why: str) -> str:
    """Return why an act on many left a comment as it was; `why` as NotInBulkError says it."""
    return _LEFT_ALONE[why]


_LEFT_ALONE = {
    "claimed": "A colleague is looking at it.",
    "escalated": "It was escalated and needs a decision of its own.",
    "drawn": "It was drawn by lot to be read, so it is decided alone.",
    "not_held": "It is not held any more.",
}
