"""The page's sentences on why: one for each reason of a decision, with its numbers.

They are about comments, never made of them; the one exception is a word that a policy lists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from moderation.domain.decision import ReasonCode
from moderation.domain.scores import UnscoredReason, in_digits
from moderation.web.review.wording import Facts, for_how_long, named

_PLACE = re.compile(r"(?P<what>.*) at \d+-\d+(?:, (?P<count>\d+) times)?", re.DOTALL)
_LINKS = re.compile(r"(\d+) links, at most (\d+)")
_REPEATED = re.compile(r"(\d+) times in (\d+) s")

_UNSCORED: dict[str | None, str] = {
    UnscoredReason.ERROR: "The model failed on this text",
    UnscoredReason.TIMEOUT: "The model took too long over this text",
    UnscoredReason.CRASHED: "The model crashed on this text",
    UnscoredReason.BAD_SCORE: "The model's scores made no sense",
    UnscoredReason.UNAVAILABLE: "The model was not there",
    UnscoredReason.EXHAUSTED: "Scoring was given up after several attempts",
}


def why(reason: Facts) -> str:
    """Return one sentence on a reason, as a decision or an answer has it."""
    say = _REASONS.get(reason["code"])
    return say(reason) if say else f"{named(reason['code'])}."


def with_labels(told: Facts, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return an event or an answer whose reasons of a person read as they are configured.

    `labels`: code → what moderators read. A code that is configured no more stays as it is.
    """

    def read(reason: Facts) -> Facts:
        is_person = reason["code"] == ReasonCode.PERSON
        return (
            {**reason, "label": labels.get(reason["label"], reason["label"])}
            if is_person
            else reason
        )

    return {**told, "reasons": [read(one) for one in told.get("reasons") or []]}


def _score(reason: Facts) -> str:
    held_from = in_digits(reason["threshold"])
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
