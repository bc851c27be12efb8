"""Replaying a policy: what it would have decided of what was decided, from stored scores.

Nothing is scored again and nothing is written. Where a text is no longer kept, rules that read it
can't be replayed; such a comment is counted as left out, not guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moderation.domain.decide import decide
from moderation.domain.policy import Policy
from moderation.domain.rules import Facts
from moderation.domain.scores import ModelInfo, Scored
from moderation.store import reading
from moderation.store.store import Store

_PAGE = 200


@dataclass(slots=True)
class Replay:
    """`changes`: (decision then, decision now) → comments. `left_out`: why → comments."""

    changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)


async def replay(
    store: Store, site: str, policy: Policy, progress: Callable[[int], None]
) -> Replay:
    """Decide every machine decision of a site's feed anew under `policy`.

    A first-time author and repeated texts depend on what was known then: policies that use these
    rules are replayed without them, and the report says so.
    """
    found, position, seen = Replay(), dict[int, str](), 0
    if policy.rules.hold_first_time_author or policy.rules.repeated_text:
        found.left_out["rules on authors and repeats: not applied to any comment"] = 0
    while True:
        rows, position = await reading.read_feed(store, site, position, _PAGE)
        if not rows:
            return found
        events = await reading.read_events(store, rows)
        records = await reading.read(store, [comment for comment, _ in rows], with_text=True)
        for event, record in zip(events, records, strict=True):
            _one(found, policy, event, record)
        seen += len(rows)
        progress(seen)


def _one(
    found: Replay, policy: Policy, event: dict[str, Any] | None, record: reading.Record | None
) -> None:
    if event is None or record is None or event["type"] != "decided":
        found.left_out["erased, or no longer recorded"] += 1
    elif event["decided_by"] == "person":
        return
    elif not event.get("scores"):
        found.left_out["held without a score"] += 1
    elif record.submission is None or str(event["revision"]) != record.state["rev"]:
        found.left_out["the text is no longer kept"] += 1
    else:
        said = record.submission
        facts = Facts(
            text=said.plain(), section=said.context.section, article_id=said.context.article_id
        )
        model = ModelInfo(event["model"]["name"], event["model"]["version"])
        verdict = decide(facts, Scored(event["scores"], model, 0.0), policy, 0)
        found.changes[event["decision"], verdict.decision.value] += 1
