"""The statement of reasons for a rejection, in the fields of the DSA Transparency Database.

Source: Regulation (EU) 2022/2065, Art. 17 (3), and the API documentation of
digital-services-act/transparency-database. Made from the audit trail alone: no statement holds
comment text, a moderator's note, a matched word, or a name. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from moderation.domain.decision import DecidedBy, Decision, ReasonCode
from moderation.domain.grounds import Ground, Grounds, grounds
from moderation.domain.scores import in_digits
from moderation.domain.standing import standing

#: A hold for one of these says something of this comment; the others hold whatever comes, or
#: because nothing could be said of it.
_DETECTS = frozenset(
    {
        ReasonCode.SCORE_OVER_THRESHOLD,
        ReasonCode.DISGUISED_TEXT,
        ReasonCode.BANNED_WORD,
        ReasonCode.SUSPECT_WORD,
        ReasonCode.LINKS,
        ReasonCode.REPEATED_TEXT,
    }
)
_MACHINES = frozenset({DecidedBy.MODEL, DecidedBy.RULE})
_ISO_639_1 = 2


def restriction(trail: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the event by which a comment is rejected at the end of a trail, None if it is not.

    Upheld on an appeal, it is rejected by the decision that was upheld. None too where the comment
    was erased, since nothing is left to say why.
    """
    decisions = [one for one in standing(trail) if one["type"] == "decided"]
    while len(decisions) > 1 and _is_upheld(decisions[-1]):
        decisions.pop()
    last = decisions[-1] if decisions else None
    is_rejection = last and last["decision"] == Decision.REJECT and last.get("reasons")
    return last if is_rejection else None


def _is_upheld(event: dict[str, Any]) -> bool:
    return event["decision"] == Decision.REJECT and bool(event.get("appeal"))


def statement(
    comment: str,
    trail: Sequence[dict[str, Any]],
    known: Mapping[str, Grounds],
    territory: Sequence[str] = (),
) -> dict[str, Any] | None:
    """Return the statement of reasons for the rejection at the end of a trail, None without one.

    `known`: what the configured reasons mean, by code; `territory`: where the comment can't be
    read, as countries of the EU and EEA, unknown if empty. A field that is not known is null.
    """
    event = restriction(trail)
    if event is None:
        return None
    code = event["reasons"][0].get("label") or "other"
    why = known.get(code) or grounds(code, code.replace("_", " "))
    hold = _hold(trail, event)
    language = event.get("language") or ""
    return {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"],
        "decision_ground": _GROUNDS[why.ground],
        **_explained(why),
        "category": str(why.category),
        "content_type": ["CONTENT_TYPE_TEXT"],
        "content_language": language.upper() if len(language) == _ISO_639_1 else None,
        "content_date": _date(event.get("received", trail[0]["at"])),
        "application_date": _date(event["at"]),
        "territorial_scope": sorted(territory) or None,
        "decision_facts": _facts(hold, event, why),
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "Yes" if _detected(hold) else "No",
        "automated_decision": "AUTOMATED_DECISION_PARTIALLY"
        if event.get("batch")
        else "AUTOMATED_DECISION_NOT_AUTOMATED",
        "puid": f"{comment}-{event['version']}",
    }


_GROUNDS = {
    Ground.ILLEGAL: "DECISION_GROUND_ILLEGAL_CONTENT",
    Ground.TERMS: "DECISION_GROUND_INCOMPATIBLE_CONTENT",
}


def _explained(why: Grounds) -> dict[str, str | None]:
    """Return the ground's own fields. Which law was broken is not guessed: that is null."""
    said = why.explanation or f"A moderator judged the comment as: {why.label}."
    illegal = why.ground is Ground.ILLEGAL
    return {
        "illegal_content_legal_ground": why.reference if illegal else None,
        "illegal_content_explanation": said if illegal else None,
        "incompatible_content_ground": None if illegal else why.reference or why.label,
        "incompatible_content_explanation": None if illegal else said,
    }


def _hold(trail: Sequence[dict[str, Any]], event: dict[str, Any]) -> dict[str, Any] | None:
    """Return the machine's hold of the same text before a rejection, None without one."""
    found = None
    for before in trail[: event["version"] - 1]:
        if before["type"] == "edited":
            found = None
        elif before["type"] == "decided" and before["decided_by"] != DecidedBy.PERSON:
            found = before if before["decision"] == Decision.HOLD else None
    return found


def _detected(hold: dict[str, Any] | None) -> bool:
    """Return whether a machine found this comment, rather than held whatever came."""
    return hold is not None and hold["decided_by"] in _MACHINES and bool(_findings(hold))


def _findings(hold: dict[str, Any]) -> list[str]:
    """Return what a machine found, in words; a matched word is none of them."""
    return [
        reason["code"].replace("_", " ")
        if reason.get("score") is None
        else f"{(reason['label'] or 'score').replace('_', ' ')} {reason['score']:.2f} "
        f"(held from {in_digits(reason['threshold'])})"
        for reason in hold.get("reasons") or []
        if reason["code"] in _DETECTS
    ]


def _facts(hold: dict[str, Any] | None, event: dict[str, Any], why: Grounds) -> str:
    said = []
    if hold is not None and _detected(hold):
        found = ", ".join(_findings(hold))
        said.append(f"Automated means held the comment for a moderator: {found}.")
    elif hold is not None:
        said.append("The comment was held for a moderator; no automated means found it.")
    else:
        said.append("A moderator found the comment; no automated means did.")
    if batch := event.get("batch"):
        said.append(
            f"A moderator rejected it in one act on {batch['size']} chosen comments, "
            "without reading each."
        )
    else:
        said.append("A moderator read and rejected it.")
    return " ".join([*said, f"Reason: {why.label}."])


def _date(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()
