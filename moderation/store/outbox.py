"""The outbox: callbacks to send, one in flight a comment, and those that were given up."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from moderation.domain.errors import NotFoundError
from moderation.store import keys
from moderation.store.store import Store, down_on_error


@dataclass(frozen=True, slots=True)
class Callback:
    """One event to announce. `attempts`: how many have failed before. `origin`: of its address."""

    shard: int
    comment: str
    version: int
    attempts: int
    state: dict[str, str]
    event: dict[str, Any]
    origin: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Callbacks that were leased.

    `passed`: how many were passed by for lack of room at their origins, where more are due behind
    them, else 0; `held_up`: whether any were.
    """

    callbacks: list[Callback]
    passed: int
    held_up: bool


async def take(
    store: Store,
    shard: int,
    count: int,
    lease_ms: int,
    *,
    per_origin: int,
    busy: Mapping[str, int],
    passed: int = 0,
) -> Taken:
    """Lease callbacks that are due; one not settled within the lease is leased again.

    At most `per_origin` to one origin, those included that are on their way (`busy`). `passed`: of
    the call before, to go on behind what it passed by.
    """
    pairs = [part for origin, number in busy.items() for part in (origin, number)]
    rows, passed, held_up = await store.run(
        "out_take", shard, count, lease_ms, per_origin, passed, *pairs
    )
    found = [
        Callback(
            shard, comment, int(version), int(attempts), _dict(state), json.loads(event), origin
        )
        for comment, version, attempts, state, event, origin in rows
    ]
    return Taken(found, int(passed), bool(held_up))


def _dict(flat: Any) -> dict[str, str]:  # noqa: ANN401
    return flat if isinstance(flat, dict) else dict(zip(flat[::2], flat[1::2], strict=True))


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one attempt; `delay_ms` is the wait before the next one."""

    callback: Callback
    outcome: Literal["delivered", "retry", "dead"]
    delay_ms: int = 0


async def settle(
    store: Store, shard: int, settlements: Sequence[Settlement], *, approved_ttl_ms: int
) -> list[tuple[str, int]]:
    """Record what became of attempts of one shard.

    Returns (code, left) each: settled, retry, dead or late, and how many versions of the comment
    are left to announce.
    """
    args: list[str | float] = [approved_ttl_ms]
    for one in settlements:
        done = one.callback
        args += [done.comment, done.version, one.outcome, one.delay_ms, done.attempts]
    return [(code, int(left)) for code, left in await store.run("out_done", shard, *args)]


async def dead_letters(store: Store, count: int) -> list[tuple[str, int, int]]:
    """Return (comment, version, given up at ms) of callbacks that were given up, oldest first."""
    found: list[tuple[str, int, int]] = []
    async with down_on_error():
        for shard in range(store.shards):
            rows = await store.redis.zrange(keys.due(shard, "dead"), 0, count - 1, withscores=True)
            for member, at in rows:
                comment, _, version = member.rpartition(":")
                found.append((comment, int(version), int(at)))
    return sorted(found, key=lambda row: row[2])[:count]


async def send_again(store: Store, comment: str, version: int, site: str) -> None:
    """Put a dead letter back at the start of its schedule. Raises NotFoundError."""
    code = await store.run("out_again", store.shard(comment), comment, version, site)
    if code != "queued":
        raise NotFoundError("no such callback among those that failed")


async def counts(store: Store) -> tuple[int, int]:
    """Return how many comments wait with callbacks, and how many callbacks were given up."""
    waiting = dead = 0
    async with down_on_error():
        for shard in range(store.shards):
            waiting += await store.redis.zcard(keys.due(shard, "out"))
            dead += await store.redis.zcard(keys.due(shard, "dead"))
    return waiting, dead
