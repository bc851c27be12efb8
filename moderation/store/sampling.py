"""Approvals that were drawn by lot for people to read, so that what the model misses is counted.

The approval stands, and its callback goes out as any other. Who rejects it decides as always; who
does not, confirms it.
"""

from __future__ import annotations

from typing import Any

from moderation.domain.comment import keyed_hash
from moderation.store.decisions import PersonalDecision, retry_key
from moderation.store.events import event_tail
from moderation.store.reading import Record
from moderation.store.store import Store

#: The index in which those wait that are not held, beside the orders of those that are.
ORDER = "smp"


def is_drawn(record: Record) -> bool:
    """Return whether a comment is an approval that was drawn and that nobody has read yet."""
    state = record.state
    return state.get("ty") == "s" and state["st"] == "d" and state.get("d") == "approve"


async def confirm(store: Store, said: PersonalDecision, basis: dict[str, Any]) -> tuple[str, int]:
    """Record that a person leaves an approval as it is; `basis` is the event that decided it.

    Returns (code, version): recorded, already, stale, erased or missing.
    """
    return await _run(store, said, basis, retry_key(store, said), type="confirmed", note=said.note)


async def take_back(
    store: Store, said: PersonalDecision, basis: dict[str, Any], undone: int
) -> tuple[str, int]:
    """Record that a person takes their reading, the event `undone`, back; it waits again.

    Returns (code, version) as `confirm` does.
    """
    retry = keyed_hash(store.secret, "undo", str(undone), said.actor_id)
    return await _run(store, said, basis, retry, type="undone", undoes=undone)


async def _run(
    store: Store,
    said: PersonalDecision,
    basis: dict[str, Any],
    retry: str,
    **event: Any,  # noqa: ANN401
) -> tuple[str, int]:
    tail = event_tail(
        **event,
        decision=said.decision,
        reasons=basis.get("reasons"),
        scores=basis.get("scores"),
        actor={"id": said.actor_id, "name": said.actor_name, "via": said.via},
    )
    code, version = await store.run(
        "confirm", store.shard(said.comment), said.comment, said.site, said.expected_version,
        retry, "1" if event["type"] == "undone" else "0", tail,
    )  # fmt: skip
    return code, int(version)
