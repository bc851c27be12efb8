"""Drafts of policies: one a policy, as it was typed, faults included. A draft decides nothing."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from moderation.domain.errors import ConflictError, NotFoundError
from moderation.store import keys
from moderation.store.log import Actor
from moderation.store.store import Store, down_on_error


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it was kept. `id` is another each time; `at` in milliseconds.

    `source`: TOML. `began_from`: the version that it is to follow.
    """

    policy: str
    id: str
    by_id: str
    by: str
    at: int
    began_from: int
    source: str = field(repr=False)


async def find(store: Store, policy: str) -> Draft | None:
    """Return a policy's draft, None where there is none."""
    async with down_on_error():
        raw = await store.redis.hgetall(keys.draft(policy))
    if not raw:
        return None
    return Draft(
        policy=policy,
        id=raw["id"],
        by_id=raw["by"],
        by=raw["name"],
        at=int(raw["at"]),
        began_from=int(raw["from"]),
        source=raw["source"],
    )


async def save(
    store: Store, policy: str, source: str, *, began_from: int, seen: str, by: Actor
) -> str:
    """Keep a draft in place of the one that its writer saw (empty: none); return its id.

    Raises ConflictError where another one was kept meanwhile, NotFoundError for a policy or a
    version that is not there.
    """
    made = secrets.token_hex(8)
    answer = await store.run(
        "draft_save", 0, policy, seen, made, by.id, by.name, began_from, source
    )
    if answer == "missing":
        raise NotFoundError("no such policy or version")
    if answer == "stale":
        raise ConflictError("another draft was kept meanwhile")
    return made


async def drop(store: Store, policy: str, seen: str) -> None:
    """Drop a draft. Raises ConflictError where it is no longer the one that was seen."""
    if not await store.run("draft_drop", 0, policy, seen):
        raise ConflictError("another draft was kept meanwhile")
