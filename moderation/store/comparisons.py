"""What a second model said of a comment beside the first: kept for a report, bounded, no text.

A comparison goes with its comment: erasure and retention take it along.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from typing import Self

from moderation.domain.decision import Decision
from moderation.domain.scores import ModelInfo
from moderation.store import keys
from moderation.store.store import Store, down_on_error

#: Comparisons a shard; the oldest go first.
MOST = 20_000
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Side:
    """One model's scores, and the decision that follows from them."""

    model: str
    decision: str
    scores: dict[str, float]

    @classmethod
    def of(cls, model: ModelInfo, decision: Decision, scores: Mapping[str, float]) -> Self:
        """Return a side of a comparison."""
        return cls(f"{model.name}/{model.version}", decision.value, dict(scores))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both models on one revision. `person`: what a person decided on it since, if anybody did."""

    comment: str
    revision: int
    first: Side
    second: Side
    person: str | None = None


async def note(store: Store, compared: Comparison) -> bool:
    """Keep a comparison; False when the comment was erased or edited meanwhile."""
    sides = {"first": asdict(compared.first), "second": asdict(compared.second)}
    return bool(
        await store.run(
            "compare",
            store.shard(compared.comment),
            compared.comment,
            compared.revision,
            json.dumps({"revision": compared.revision, **sides}, separators=(",", ":")),
            MOST,
        )
    )


async def noted(store: Store) -> AsyncIterator[Comparison]:
    """Yield what is kept, oldest first on each shard."""
    for shard in range(store.shards):
        async with down_on_error():
            comments = await store.redis.zrange(keys.compared(shard), 0, -1)
        for start in range(0, len(comments), _PAGE):
            for one in await _read(store, shard, comments[start : start + _PAGE]):
                yield one


async def _read(store: Store, shard: int, comments: list[str]) -> list[Comparison]:
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for comment in comments:
            pipeline.get(keys.comparison(shard, comment))
            pipeline.hmget(keys.state(shard, comment), "rev", "by", "d")
        answers = await pipeline.execute()
    found = []
    for comment, raw, (revision, by, decision) in zip(
        comments, answers[::2], answers[1::2], strict=True
    ):
        if raw is None:
            continue
        kept = json.loads(raw)
        is_judged = by == "person" and revision == str(kept["revision"])
        found.append(
            Comparison(
                comment=comment,
                revision=kept["revision"],
                first=Side(**kept["first"]),
                second=Side(**kept["second"]),
                person=decision if is_judged else None,
            )
        )
    return found
