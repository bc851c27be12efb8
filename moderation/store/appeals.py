"""Keeping authors' appeals, and reading those that wait for a decision, oldest first."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from moderation.domain.comment import keyed_hash
from moderation.domain.errors import (
    ConflictError,
    NotAppealableError,
    NotFoundError,
    SiteOverloadedError,
)
from moderation.store import keys
from moderation.store.events import event_tail
from moderation.store.store import Store, down_on_error

#: The order of open appeals among the indexes of a site.
ORDER = "app"
#: When to ask again where too many appeals wait: people decide them, not machines.
_RETRY_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAppeal:
    """What an author says against the decision on a comment; `via`: who brought it."""

    comment: str
    site: str
    statement: str = field(repr=False)
    idempotency_key: str | None
    via: str


async def keep(
    store: Store,
    new: NewAppeal,
    expected_version: int,
    *,
    appealable: bool,
    most: int,
    idempotency_s: int,
) -> Literal["appealed", "same", "changed", "refused"]:
    """Keep an appeal, made on the version that was read. `most`: that a site may have open.

    `changed`: read it again; `refused`: it is not `appealable`, and not the latest one sent again.
    Raises NotFoundError, NotAppealableError, ConflictError, SiteOverloadedError, StoreDownError.
    """
    fingerprint = keyed_hash(store.secret, "appeal", new.site, new.comment, new.statement)
    key, use = "", ""
    if new.idempotency_key:
        key = keyed_hash(store.secret, "idempotency", new.idempotency_key)
        use = keyed_hash(store.secret, "use", new.comment, "appeal", new.statement)
    code, _ = await store.run(
        "appeal", store.shard(new.comment), new.comment, new.site, expected_version, key, use,
        idempotency_s, "1" if appealable else "0", fingerprint, new.statement,
        max(1, most // store.shards), event_tail(type="appealed", via=new.via),
    )  # fmt: skip
    if code in {"missing", "erased"}:
        raise NotFoundError("no such comment")
    if code == "gone":
        raise NotAppealableError("its text is no longer kept, so nobody could decide on an appeal")
    if code == "key_conflict":
        raise ConflictError("this idempotency key came with another body before")
    if code == "full":
        raise SiteOverloadedError(_RETRY_S)
    kept: Literal["appealed", "same", "changed", "refused"] = code
    return kept


async def read(store: Store, comments: list[str]) -> list[tuple[str | None, list[dict[str, Any]]]]:
    """Return what the author of each comment says, if it is kept, and the comment's trail."""
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for comment in comments:
            shard = store.shard(comment)
            pipeline.get(keys.statement(shard, comment))
            pipeline.lrange(keys.events(shard, comment), 0, -1)
        answers = await pipeline.execute()
    return [
        (statement, [json.loads(event) for event in trail])
        for statement, trail in zip(answers[::2], answers[1::2], strict=True)
    ]


async def figures(store: Store, site: str) -> tuple[int, float | None]:
    """Return how many appeals of a site are open, and when the oldest was made (ms)."""
    count, oldest = 0, list[float]()
    async with down_on_error():
        for shard in range(store.shards):
            key = keys.held(shard, site, ORDER)
            count += await store.redis.zcard(key)
            oldest += [at for _, at in await store.redis.zrange(key, 0, 0, withscores=True)]
    return count, min(oldest, default=None)
