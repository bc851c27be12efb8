"""Approvals that were drawn by lot for people to read, so that what the model misses is counted.

The approval stands, and its callback goes out as any other. Who rejects it decides as always; who
does not, confirms it.
"""

from __future__ import annotations

from typing import Any

from moderation.store.decisions import PersonalDecision, retry_key
from moderation.store.events import event_tail
from moderation.store.reading import Record
from moderation.store.store import Store

#: The index of held comments in which those wait that are not held.
ORDER = "smp"


def is_drawn(record: Record) -> bool:
    """Return whether a comment is an approval that was drawn and that nobody has read yet."""
    state = record.state
    return state.get("ty") == "s" and state["st"] == "d" and state.get("d") == "approve"


async def confirm(store: Store, said: PersonalDecision, basis: dict[str, Any]) -> tuple[str, int]:
    """Record that a person leaves an approval as it is; `basis` is the event that decided it.

    Returns (code, version): recorded, already, stale, erased or missing.
    """
    tail = event_tail(
        type="confirmed",
        decision=said.decision,
        reasons=basis.get("reasons"),
        scores=basis.get("scores"),
        actor={"id": said.actor_id, "name": said.actor_name, "via": said.via},
        note=said.note,
    )
    code, version = await store.run(
        "confirm", store.shard(said.comment), said.comment, said.site, said.expected_version,
        retry_key(store, said), tail,
    )  # fmt: skip
    return code, int(version)
