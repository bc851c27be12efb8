"""Builders for the store's tests: comments, verdicts and people, with what most tests don't name.

The texts are mild; every function works over all shards, so that a test reads the same for one
server and for a cluster.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from redis.exceptions import RedisError

from moderation.domain.comment import Author, Context, Submission, comment_id
from moderation.domain.decision import DecidedBy, Decision, PolicyRef, Reason, ReasonCode, Verdict
from moderation.domain.scores import ModelInfo, UnscoredReason
from moderation.store import decisions, keeping, outbox, queue, reading
from moderation.store.client import Clients
from moderation.store.decisions import PersonalDecision, Recorded, Ruling
from moderation.store.intake import Accepted, Accepts, Limits, NewComment
from moderation.store.outbox import Callback
from moderation.store.people import BY_PASSWORD, BY_SIGN_ON
from moderation.store.queue import Job
from moderation.store.store import Store

SITE = "news"
MODEL = ModelInfo("compact-en", "1")
POLICY = PolicyRef("default", 1)
HOOK = "https://cms.example/hook"
ROOMY = Limits(max_depth=100_000, max_wait_s=900, floor_rate=20, idempotency_s=600)
EVERY_WAY = BY_PASSWORD + BY_SIGN_ON
YEAR_MS = 31_536_000_000


def comment(
    store: Store,
    name: str = "1",
    text: str = "a fine day",
    *,
    site: str = SITE,
    key: str | None = None,
    article: str | None = None,
    author: str | None = None,
    callback: str | None = HOOK,
    lane: str = "n",
    share: float = 1.0,
) -> NewComment:
    """Return a new comment under the site's own `name`."""
    submission = Submission(
        site=site,
        text=text,
        external_id=name,
        author=Author(id=author),
        context=Context(article_id=article),
        callback_url=callback,
    )
    return NewComment(
        id=comment_id(store.secret, site, "external", name),
        submission=submission,
        idempotency_key=key,
        callback_url=callback or "",
        lane=lane,
        share=share,
    )


def names_on(store: Store, shard: int, count: int, site: str = SITE) -> list[str]:
    """Return names of comments that all lie on one shard."""
    every = (str(number) for number in itertools.count())
    mine = (n for n in every if store.shard(comment(store, n, site=site).id) == shard)
    return list(itertools.islice(mine, count))


async def accept(store: Store, *new: NewComment, limits: Limits = ROOMY) -> list[Accepted]:
    """Accept comments concurrently; the first refusal is raised."""
    accepts = Accepts(store, limits)
    return await asyncio.gather(*(accepts.accept(one) for one in new))


async def take(store: Store, consumer: str = "w1", count: int = 1000) -> list[Job]:
    """Reserve what is queued on every shard."""
    found = [await queue.take(store, shard, consumer, count) for shard in range(store.shards)]
    return [job for jobs in found for job in jobs]


async def reclaim(
    store: Store, consumer: str = "w2", count: int = 1000, *, min_idle_ms: int = 0
) -> list[Job]:
    """Reserve what has lapsed on every shard."""
    found = [
        await queue.reclaim(store, shard, consumer, count, min_idle_ms)
        for shard in range(store.shards)
    ]
    return [job for jobs in found for job in jobs]


async def requeue(store: Store) -> int:
    """Queue the unscored ones that are due on every shard."""
    return sum([await queue.requeue_unscored(store, s, 1000) for s in range(store.shards)])


def approved(job: Job) -> Ruling:
    """Return the ruling that a low score gives."""
    reason = Reason(ReasonCode.BELOW_THRESHOLDS, "toxicity", 0.1, 0.5)
    return ruling(job, Decision.APPROVE, DecidedBy.MODEL, (reason,), {"toxicity": 0.1}, 0.0)


def held(job: Job, score: float = 0.9, detail: str | None = None) -> Ruling:
    """Return the ruling that a high score gives, with a suspect word if there is a `detail`."""
    reasons = [Reason(ReasonCode.SCORE_OVER_THRESHOLD, "toxicity", score, 0.5)]
    if detail:
        reasons.append(Reason(ReasonCode.SUSPECT_WORD, detail=detail))
    scores = {"toxicity": score}
    return ruling(job, Decision.HOLD, DecidedBy.MODEL, tuple(reasons), scores, score)


def unscored(job: Job, why: UnscoredReason = UnscoredReason.TIMEOUT) -> Ruling:
    """Return the ruling that no score gives."""
    reason = Reason(ReasonCode.UNSCORED, detail=why.value)
    return ruling(job, Decision.HOLD, DecidedBy.FALLBACK, (reason,), None, 0.6)


def ruling(
    job: Job,
    decision: Decision,
    by: DecidedBy,
    reasons: tuple[Reason, ...],
    scores: dict[str, float] | None,
    severity: float,
) -> Ruling:
    verdict = Verdict(
        decision=decision,
        decided_by=by,
        reasons=reasons,
        scores=scores,
        model=MODEL if scores else None,
        policy=POLICY,
        severity=severity,
    )
    return Ruling(job=job, verdict=verdict, weight_hours=6.0)


async def record(
    store: Store,
    rulings: Sequence[Ruling],
    *,
    hold_back_ms: int = 0,
    approved_ttl_ms: int = YEAR_MS,
    again_s: Sequence[float] = (0.0,),
) -> list[Recorded]:
    """Record rulings, a call a shard; answers in the order of `rulings`."""
    answers: dict[int, Recorded] = {}
    for shard in {one.job.shard for one in rulings}:
        mine = [at for at, one in enumerate(rulings) if one.job.shard == shard]
        found = await decisions.record(
            store,
            shard,
            [rulings[at] for at in mine],
            hold_back_ms=hold_back_ms,
            approved_ttl_ms=approved_ttl_ms,
            again_s=again_s,
        )
        answers.update(zip(mine, found, strict=True))
    return [answers[at] for at in range(len(rulings))]


async def decide(
    store: Store, new: Iterable[NewComment], rule: Callable[[Job], Ruling] = held
) -> list[str]:
    """Accept, take and record comments; return their ids in the order of `new`."""
    accepted = await accept(store, *new)
    jobs = await take(store)
    assert {answer.code for answer in await record(store, [rule(job) for job in jobs])} == {
        "recorded"
    }
    return [one.id for one in accepted]


def says(
    comment_id: str,
    version: int,
    decision: str = "approve",
    *,
    site: str = SITE,
    person: str = "ada",
    reason: str | None = None,
    note: str | None = None,
) -> PersonalDecision:
    """Return what a person says of the version that they saw."""
    return PersonalDecision(
        comment=comment_id,
        site=site,
        expected_version=version,
        decision=Decision(decision),
        actor_id=person,
        actor_name="Ada L.",
        via="key1",
        reason=reason,
        note=note,
    )


async def resolve(
    store: Store, said: PersonalDecision, *, ttl_ms: int = YEAR_MS, hold_back_ms: int = 0
) -> tuple[str, int]:
    """Record it on the event that it stands on."""
    (before,) = await reading.read(store, [said.comment])
    basis = (before.decided if before else None) or {}
    return await decisions.resolve(
        store, said, basis, hold_back_ms=hold_back_ms, ttl_ms=ttl_ms, weight_hours=6.0
    )


async def erase(store: Store, comment_id: str, version: int, site: str = SITE) -> tuple[str, int]:
    return await keeping.erase(store, comment_id, site, version, "key1", YEAR_MS)


async def state(store: Store, comment_id: str) -> dict[str, str]:
    """Return a comment's state; it must be there."""
    (found,) = await reading.read(store, [comment_id])
    assert found is not None
    return found.state


async def callbacks(store: Store, lease_ms: int = 60_000) -> list[Callback]:
    """Lease the callbacks that are due on every shard."""
    found = [
        await outbox.take(store, shard, 1000, lease_ms, per_origin=1000, busy={})
        for shard in range(store.shards)
    ]
    return [callback for some in found for callback in some.callbacks]


async def settle(
    store: Store, callback: Callback, outcome: Any = "delivered", *, delay_ms: int = 0
) -> str:
    done = outbox.Settlement(callback, outcome, delay_ms)
    ((code, _),) = await outbox.settle(store, callback.shard, [done], approved_ttl_ms=YEAR_MS)
    return code


async def held_pages(
    store: Store,
    order: str = "pri",
    *,
    count: int = 1000,
    article: str | None = None,
    scan: int = 2000,
    **wanted: str,
) -> list[list[str]]:
    """Return every page of the site's held comments."""
    indexes = reading.held_indexes(store, SITE, order, article)
    conditions = [
        reading.Condition(name, "has" if name == "why" else "=", value)
        for name, value in wanted.items()
    ]
    pages, after = [], None
    while True:
        ids, after = await reading.page(store, indexes, after, count, conditions, scan=scan)
        pages.append(ids)
        if after is None:
            return pages


async def held_ids(store: Store, order: str = "pri", **options: Any) -> list[str]:
    """Return the site's held comments in an order."""
    return [one for ids in await held_pages(store, order, **options) for one in ids]


async def all_keys(store: Store) -> list[str]:
    """Return every key of the server, or of all the cluster's primaries."""
    return [key async for key in store.redis.scan_iter(count=1000)]


async def everything(store: Store) -> dict[str, str]:
    """Return every key with all that it holds, written out."""
    found = {}
    for key in await all_keys(store):
        kind = await store.redis.type(key)
        readers: dict[str, Any] = {
            "string": store.redis.get,
            "hash": store.redis.hgetall,
            "list": lambda k: store.redis.lrange(k, 0, -1),
            "zset": lambda k: store.redis.zrange(k, 0, -1, withscores=True),
            "set": store.redis.smembers,
            "stream": store.redis.xrange,
        }
        found[key] = repr(await readers[kind](key))
    return found


async def answer_of(clients: Clients, key: str) -> str | None:
    """Return a key's value as soon as the server answers."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await clients.commands.get(key)
            except RedisError:
                await asyncio.sleep(0.02)
