"""Replaying a policy: what it would have decided of what was decided, from stored scores.

Nothing is scored again and nothing is written. Where a text is no longer kept, rules that read it
can't be replayed; such a comment is counted as left out, not guessed.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from moderation.domain.comment import Submission
from moderation.domain.decide import decide
from moderation.domain.decision import Decision, ReasonCode
from moderation.domain.language import language_code
from moderation.domain.policy import Policy, Rules
from moderation.domain.rules import Facts
from moderation.domain.scores import ModelInfo, Scored
from moderation.store import reading
from moderation.store.store import Store

#: Comments that are read at once.
_PAGE = 100
#: After so many comments others get their turn of the event loop: about a millisecond.
_TURN = 5
_MOST_EXAMPLES = 10
_NO_LANGUAGE = "the rule on languages, where none was detected yet"
_NOT_ASKED = "the rules on authors and repeats, where none of them held the comment then"


@dataclass(slots=True)
class Replay:
    """`changes`: (decision then, decision now) → comments. `left_out`: why → comments.

    What is left out is in no change. `unasked`: rules → comments that are approved now without
    having been put to them. `examples`: the latest comments (ids) that would be decided otherwise.
    """

    changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    unasked: Counter[str] = field(default_factory=Counter)
    examples: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_EXAMPLES))


async def replay(
    store: Store, site: str, policy: Policy, progress: Callable[[int], None]
) -> Replay:
    """Decide every machine decision of a site's feed anew under `policy`.

    Whether an author was new or a text repeated is taken from the recorded reasons: what such a
    rule held then, the same rule of `policy` holds again, whatever its count and window. Where it
    held nothing, nobody can say whether it would have: the policy of then may not have had the
    rule, or a higher count or a shorter window. It is not applied then, and a comment that is
    approved without it is counted in `unasked` too.
    """
    found, position, seen = Replay(), dict[int, str](), 0
    while True:
        rows, position = await reading.read_feed(store, site, position, _PAGE)
        if not rows:
            return found
        events = await reading.read_events(store, rows)
        records = await reading.read(store, [comment for comment, _ in rows], with_text=True)
        async for event, record in reading.in_turns(zip(events, records, strict=True), _TURN):
            _one(found, policy, event, record)
        seen += len(rows)
        progress(seen)


def _one(
    found: Replay, policy: Policy, event: dict[str, Any] | None, record: reading.Record | None
) -> None:
    if record is not None and record.state["st"] == "e":
        event = None  # what is left of one that was erased tells of no scores
    if record is None or event is None or event["type"] != "decided":
        found.left_out["erased, or no longer recorded"] += 1
    elif event["decided_by"] == "person":
        return
    elif not event.get("scores"):
        found.left_out["held without a score"] += 1
    elif record.submission is None or str(event["revision"]) != record.state["rev"]:
        found.left_out["the text is no longer kept"] += 1
    else:
        verdict = decide(
            _facts(record.submission, _codes(event), policy.rules),
            _outcome(event, record.submission),
            policy,
            0,
        )
        then, now = event["decision"], verdict.decision.value
        found.changes[then, now] += 1
        if then != now:
            found.examples.append(record.id)
        if verdict.decision is Decision.APPROVE:
            found.unasked.update(_unasked(event, policy.rules))


def _unasked(event: dict[str, Any], rules: Rules) -> Iterator[str]:
    """Yield what an approval did not take into account, because nobody knows it."""
    if rules.hold_first_time_author or rules.repeated_text:
        yield _NOT_ASKED
    if rules.hold_unread_language and "language" not in event:
        yield _NO_LANGUAGE


def _codes(event: dict[str, Any]) -> set[str]:
    return {reason["code"] for reason in event["reasons"]}


def _outcome(event: dict[str, Any], said: Submission) -> Scored:
    """Return what the model of then said; an event of an older version knows no languages."""
    languages, language = event.get("model_languages"), event.get("language")
    if said.language and language == language_code(said.language):
        language = None  # it may not have been detected; what was declared is known anyway
    model = ModelInfo(**event["model"], languages=tuple(languages) if languages else None)
    return Scored(event["scores"], model, 0.0, language=language)


def _facts(said: Submission, codes: set[str], rules: Rules) -> Facts:
    """Return what is known of a comment; `codes`: of the reasons that were recorded."""
    repeated = rules.repeated_text if ReasonCode.REPEATED_TEXT in codes else None
    return Facts.of(
        said,
        first_time_author=ReasonCode.FIRST_TIME_AUTHOR in codes,
        repeats=repeated.count if repeated else 0,
    )
