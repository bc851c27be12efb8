"""Every sentence of the page that says why, who and when: plain words, with the numbers.

Sentences are about comments, never made of them; the one exception is a word that a policy lists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moderation.domain.decision import DecidedBy, ReasonCode
from moderation.domain.scores import UnscoredReason

Facts = Mapping[str, Any]

_PLACE = re.compile(r"(?P<what>.*) at \d+-\d+(?:, (?P<count>\d+) times)?", re.DOTALL)
_LINKS = re.compile(r"(\d+) links, at most (\d+)")
_REPEATED = re.compile(r"(\d+) times in (\d+) s")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
#: Up to twice a unit, the smaller one says more: "90 min".
_UNITS = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"))

_UNSCORED: dict[str | None, str] = {
    UnscoredReason.ERROR: "The model failed on this text",
    UnscoredReason.TIMEOUT: "The model took too long over this text",
    UnscoredReason.CRASHED: "The model crashed on this text",
    UnscoredReason.BAD_SCORE: "The model's scores made no sense",
    UnscoredReason.UNAVAILABLE: "The model was not there",
    UnscoredReason.EXHAUSTED: "Scoring was given up after several attempts",
}
_BY_PERSON = {"approve": "approved it", "reject": "rejected it", "hold": "put it on hold"}
_BY_MACHINE = {"approve": "approved", "hold": "held"}
_ON_APPEAL = {
    "granted": "granted its author's appeal and approved it",
    "upheld": "upheld the rejection on its author's appeal",
}
_MACHINES: dict[str, str] = {DecidedBy.MODEL: "the model", DecidedBy.RULE: "a rule"}


def why(reason: Facts) -> str:
    """Return one sentence on a reason, as a decision or an answer has it."""
    say = _REASONS.get(reason["code"])
    return say(reason) if say else f"{named(reason['code'])}."


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


def news(event: Facts, now: datetime | None = None) -> str:
    """Return what a colleague did meanwhile, as news: `changed` of a refusal, or a live event."""
    ago = f", {age(event['at'], now or datetime.now(UTC))} ago" if event.get("at") else ""
    return f"{begun(event)}{ago}."


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
    ago = age(appeal["rejected_at"], now or datetime.now(UTC))
    as_what = f": {appeal['reason']}" if appeal.get("reason") else ""
    return f"{appeal.get('rejected_by') or 'Somebody'} rejected it {ago} ago{as_what}."


def appealed_ago(appeal: Facts, now: datetime | None = None) -> str:
    """Return how long ago an appeal was made."""
    return f"{age(appeal['at'], now or datetime.now(UTC))} ago"


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
    one_of = f", in a batch of {batch['size']:,}" if (batch := event.get("batch")) else ""
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
    "undone": lambda event: f"{who(event)} took {_undone(event)} back; it is held again",
}


def _undone(event: Facts) -> str:
    batch = event.get("undoes_batch")
    return f"a batch of {batch['size']:,}" if batch else "their decision"


def left_alone(why: str) -> str:
    """Return why an act on many left a comment as it was; `why` as NotInBulkError says it."""
    return _LEFT_ALONE[why]


_LEFT_ALONE = {
    "claimed": "A colleague is looking at it.",
    "escalated": "It was escalated and needs a decision of its own.",
    "drawn": "It was drawn by lot to be read, so it is decided alone.",
    "not_held": "It is not held any more.",
}


def _score(reason: Facts) -> str:
    held_from = f"{reason['threshold']:.3f}".removesuffix("0")
    return f"{named(reason['label'])} {reason['score']:.2f}; held from {held_from}."


def _closest(reason: Facts) -> str:
    return f"Nothing against it; closest was {_score(reason)[:1].lower()}{_score(reason)[1:]}"


def _missing(reason: Facts) -> str:
    return (
        f"The model gives no score for {named(reason['label']).lower()}, which the policy watches."
    )


def _unscored(reason: Facts) -> str:
    said = _UNSCORED.get(reason.get("detail"), "There is no score")
    return f"{said}, so a person reads it."


def _word(kind: str) -> Callable[[Facts], str]:
    def say(reason: Facts) -> str:
        found = _PLACE.fullmatch(reason.get("detail") or "")
        if not found:
            return f"{kind} word."
        times = f", {found['count']} times" if found["count"] else ""
        return f"{kind} word: “{found['what']}”{times}."

    return say


def _disguised(reason: Facts) -> str:
    found = _PLACE.fullmatch(reason.get("detail") or "")
    if not found:
        return "Words are disguised."
    places = f" in {found['count']} places" if found["count"] else ""
    return f"Disguised words: {found['what']}{places}."


def _links(reason: Facts) -> str:
    found = _LINKS.fullmatch(reason.get("detail") or "")
    return f"{found[1]} links; the policy allows {found[2]}." if found else "Too many links."


def _repeated(reason: Facts) -> str:
    found = _REPEATED.fullmatch(reason.get("detail") or "")
    if not found:
        return "The same text was sent before."
    return f"The same text {found[1]} times within {for_how_long(int(found[2]))}."


def _language(reason: Facts) -> str:
    language = reason.get("detail")
    which = f" (`{language}`)" if language else ""
    return f"The model does not read this language{which}, so its scores mean nothing."


def _person(reason: Facts) -> str:
    label = reason.get("label")
    if label == "undone":
        return "A moderator took a decision back."
    return f"A moderator decided: {named(label).lower()}." if label else "A moderator decided."


_REASONS: dict[str, Callable[[Facts], str]] = {
    ReasonCode.BELOW_THRESHOLDS: _closest,
    ReasonCode.SCORE_OVER_THRESHOLD: _score,
    ReasonCode.LABEL_MISSING: _missing,
    ReasonCode.UNSCORED: _unscored,
    ReasonCode.NOTHING_TO_READ: lambda _: "There is nothing in it that the model could read.",
    ReasonCode.UNREAD_LANGUAGE: _language,
    ReasonCode.DISGUISED_TEXT: _disguised,
    ReasonCode.BANNED_WORD: _word("Banned"),
    ReasonCode.SUSPECT_WORD: _word("Suspect"),
    ReasonCode.LINKS: _links,
    ReasonCode.FIRST_TIME_AUTHOR: lambda _: "First comment of this author.",
    ReasonCode.REPEATED_TEXT: _repeated,
    ReasonCode.ARTICLE_HELD: lambda _: "Every comment on this article is held.",
    ReasonCode.ARTICLE_CLOSED: lambda _: "This article is closed for comments.",
    ReasonCode.PERSON: _person,
}
