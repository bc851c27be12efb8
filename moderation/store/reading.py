"""Reading what is stored: one comment, its trail, a site's feed, the held queue."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from moderation.domain.comment import Submission, keyed_hash
from moderation.store import keys
from moderation.store.store import Store, down_on_error

_T = TypeVar("_T")
#: After so many that are parsed others get their turn of the event loop.
_TURN = 10


async def in_turns(several: Iterable[_T], turn: int = _TURN) -> AsyncIterator[_T]:
    """Yield each of several; after every `turn` of them others have the event loop."""
    for number, one in enumerate(several, 1):
        yield one
        if number % turn == 0:
            await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Record:
    """A comment as it stands: its state, the event that decided it, and its text if still kept."""

    id: str
    state: dict[str, str]
    decided: dict[str, Any] | None
    submission: Submission | None = field(default=None, repr=False)


async def read(
    store: Store, comments: list[str], *, with_text: bool = False
) -> list[Record | None]:
    """Return the records of comments, in order; None where there is none."""
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for comment in comments:
            shard = store.shard(comment)
            pipeline.hgetall(keys.state(shard, comment))
            if with_text:
                pipeline.get(keys.payload(shard, comment))
        answers = await pipeline.execute()
        step = 2 if with_text else 1
        states = answers[::step]
        texts = answers[1::step] if with_text else [None] * len(comments)
        decided = await _decided(store, comments, states)
    return [
        Record(comment, state, event, Submission.from_json(text) if text else None)
        if state
        else None
        async for comment, state, event, text in in_turns(
            zip(comments, states, decided, texts, strict=True)
        )
    ]


async def _decided(
    store: Store, comments: list[str], states: list[dict[str, str]]
) -> list[dict[str, Any] | None]:
    asked = [
        (comment, int(state["dv"]))
        for comment, state in zip(comments, states, strict=True)
        if state.get("dv")
    ]
    found = iter(await read_events(store, asked))
    return [next(found) if state.get("dv") else None for state in states]


async def read_events(store: Store, asked: list[tuple[str, int]]) -> list[dict[str, Any] | None]:
    """Return one event for each (comment, version), None where it is no longer kept."""
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for comment, version in asked:
            pipeline.lindex(keys.events(store.shard(comment), comment), version - 1)
        answers = await pipeline.execute()
    return [json.loads(raw) if raw else None async for raw in in_turns(answers)]


async def trail(store: Store, comment: str) -> list[dict[str, Any]]:
    """Return all events of a comment, oldest first."""
    (events,) = await trails(store, [comment])
    return events


async def trails(store: Store, comments: Sequence[str]) -> list[list[dict[str, Any]]]:
    """Return all events of each comment, oldest first."""
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for comment in comments:
            pipeline.lrange(keys.events(store.shard(comment), comment), 0, -1)
        return [[json.loads(event) for event in raw] for raw in await pipeline.execute()]


async def read_feed(
    store: Store, site: str, after: dict[int, str], count: int
) -> tuple[list[tuple[str, int]], dict[int, str]]:
    """Return up to `count` (comment, version) of a site's decisions after a position, in order.

    The position holds a stream id a shard; within a shard, and so for one comment, the order is
    exact, between shards it is by the servers' clocks.
    """
    rows: list[tuple[tuple[int, int], int, str, str, int]] = []
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for shard in range(store.shards):
            start = f"({after[shard]}" if shard in after else "-"
            pipeline.xrange(keys.feed(shard, site), min=start, count=count)
        for shard, entries in enumerate(await pipeline.execute()):
            for sid, entry in entries:
                ms, sequence = (int(part) for part in sid.split("-"))
                rows.append(((ms, sequence), shard, sid, entry["id"], int(entry["ver"])))
    rows.sort(key=lambda row: row[:2])
    position = dict(after)
    position.update({shard: sid for _, shard, sid, _, _ in rows[:count]})
    return [(comment, version) for *_, comment, version in rows[:count]], position


async def feed_length(store: Store, site: str) -> int:
    """Return how many decisions a site's feed has."""
    async with down_on_error():
        lengths = [await store.redis.xlen(keys.feed(one, site)) for one in range(store.shards)]
    return sum(lengths)


class Condition(NamedTuple):
    """What a comment's state must say to be listed.

    `test`: `=`, `>=`, `<`, `has` (it is a list by commas, of which this is one), `in` (it is one of
    these, by commas), and of the field `lp`, with a person's id, `free` (nobody else has a claim
    that lasts) or `held` (that person has one).
    """

    field: str
    test: str
    value: str


async def page(
    store: Store,
    indexes: dict[int, str],
    after: tuple[float, str] | None,
    count: int,
    wanted: Sequence[Condition],
    *,
    scan: int = 2000,
) -> tuple[list[str], tuple[float, str] | None]:
    """Return up to `count` comment ids of a held index over shards, and where to go on.

    `indexes`: shard → key. The scan is bounded, so a page may be short, even empty, while the
    position says that there is more.
    """
    score, last = (repr(after[0]), after[1]) if after else ("", "")
    conditions = [part for one in wanted for part in one]
    found: list[tuple[float, str]] = []
    ends: list[tuple[float, str]] = []
    for shard, key in indexes.items():
        rows, end_score, end_id, done = await store.run(
            "page", shard, key, score, last, count, scan, *conditions
        )
        found += [(float(rows[i + 1]), rows[i]) for i in range(0, len(rows), 2)]
        if not done:
            ends.append((float(end_score), end_id))
    # Beyond the nearest point where a shard stopped scanning, the merged order is not known yet.
    horizon = min(ends) if ends else None
    found.sort()
    known = [row for row in found if horizon is None or row <= horizon]
    chosen = known[:count]
    if len(known) > count:
        return [comment for _, comment in chosen], chosen[-1]
    return [comment for _, comment in chosen], horizon


def held_indexes(store: Store, site: str, order: str, article: str | None) -> dict[int, str]:
    """Return the index to read on each shard: the site's in an order, or one article's by age."""
    if article is None:
        return {shard: keys.held(shard, site, order) for shard in range(store.shards)}
    hashed = keyed_hash(store.secret, "article", site, article)
    return {shard: keys.held_article(shard, site, hashed) for shard in range(store.shards)}


def pending_indexes(store: Store, site: str) -> dict[int, str]:
    """Return the index of a site's comments without a decision on each shard."""
    return {shard: keys.pending(shard, site) for shard in range(store.shards)}


@dataclass(frozen=True, slots=True)
class HeldFigures:
    """A site's held comments, escalated ones included: how many, and when the oldest was received.

    `why`: how many for each reason code and label, and for no reason under `keys.NO_REASON`; one
    with two reasons is counted under both. `priorities_ms`: by quantile, the place in the order of
    priority: when a comment of no severity that is as urgent would have been received. Over shards,
    the most urgent of each one's.
    """

    count: int
    why: Counter[str]
    oldest_ms: float | None
    priorities_ms: dict[float, float]


async def held_figures(store: Store, site: str, quantiles: Sequence[float]) -> HeldFigures:
    """Return what is held of a site, in figures."""
    held, why, oldest, places = 0, Counter[str](), list[float](), dict[float, float]()
    async with down_on_error():
        for shard in range(store.shards):
            counts = await store.redis.hgetall(keys.held_why(shard, site))
            why.update({name: int(count) for name, count in counts.items()})
            for order in ("age", "esc"):
                key = keys.held(shard, site, order)
                held += await store.redis.zcard(key)
                rows = await store.redis.zrange(key, 0, 0, withscores=True)
                oldest += [received for _, received in rows]
            key = keys.held(shard, site, "pri")
            last = await store.redis.zcard(key) - 1
            for quantile in quantiles if last >= 0 else ():
                rank = round((1 - quantile) * last)  # the most urgent stands first
                for _, place in await store.redis.zrange(key, rank, rank, withscores=True):
                    places[quantile] = min(places.get(quantile, place), place)
    del why[keys.ALL]
    return HeldFigures(held, why, min(oldest, default=None), places)
