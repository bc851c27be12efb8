"""What is told of a policy's replay while it runs and for a while after, to whoever asks where.

One a policy: a later one takes its place. Ids and counts only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from moderation.store import keys
from moderation.store.store import Store, down_on_error

#: A replay whose process ended is forgotten after this; one that ended itself is kept for an hour.
RUNNING_MS, KEPT_MS = 60_000, 3_600_000


@dataclass(frozen=True, slots=True)
class Told:
    """A replay as it was last told. `state`: running, done, cancelled or failed.

    `digest`: of the policy that it replays. `seen` of `total` decisions. `found`: what came of it.
    """

    id: str
    state: str
    site: str
    digest: str
    by: str
    seen: int = 0
    total: int = 0
    found: dict[str, Any] = field(default_factory=dict)


async def find(store: Store, policy: str) -> Told | None:
    """Return the last replay of a policy's drafts, None where none is known any more."""
    async with down_on_error():
        raw = await store.redis.hgetall(keys.replay(policy))
    if not raw:
        return None
    return Told(
        id=raw["id"],
        state=raw["state"],
        site=raw["site"],
        digest=raw["digest"],
        by=raw["by"],
        seen=int(raw["seen"]),
        total=int(raw["total"]),
        found=json.loads(raw["found"]),
    )


async def begin(store: Store, policy: str, told: Told) -> None:
    """Tell of a replay that begins; an earlier one of this policy learns that it is over."""
    fields: dict[str, str | int] = {
        "state": told.state,
        "site": told.site,
        "digest": told.digest,
        "by": told.by,
        "seen": told.seen,
        "total": told.total,
        "found": json.dumps(told.found),
    }
    await _tell(store, policy, told.id, "1", RUNNING_MS, **fields)


async def progress(store: Store, policy: str, replay: str, seen: int) -> bool:
    """Tell how far a replay came; False when it is to stop."""
    return await _tell(store, policy, replay, "0", RUNNING_MS, seen=seen)


async def end(
    store: Store, policy: str, replay: str, state: str, found: dict[str, Any] | None = None
) -> bool:
    """Tell that a replay ended, and how; False when it had ended before."""
    said = json.dumps(found or {})
    return await _tell(store, policy, replay, "0", KEPT_MS, state=state, found=said)


async def _tell(
    store: Store, policy: str, replay: str, begins: str, keep_ms: int, **fields: str | int
) -> bool:
    flat = [part for pair in fields.items() for part in pair]
    return bool(await store.run("replay", 0, policy, replay, begins, keep_ms, *flat))
