"""What is known of an author and of a text from before: facts for rules, never text.

Each write names a comment id, so that writing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from moderation.domain.comment import Submission, keyed_hash
from moderation.store import keys
from moderation.store.store import Store, down_on_error

_KEPT = 1000  # comments an author is remembered by; more adds nothing to any rule


@dataclass(frozen=True, slots=True)
class Past:
    """`first_time`: no comment of this author was approved yet (false without an author).

    `repeats`: how often this text was submitted within the window, this time included.
    """

    first_time: bool
    repeats: int


async def look_up(
    store: Store,
    asked: Sequence[tuple[str, Submission, int, int]],
    *,
    keep_ms: int,
) -> list[Past]:
    """Note and return the past of (comment, submission, received_ms, repeat window in ms) each."""
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for comment, said, received, window_ms in asked:
            if said.author.id:
                posted = _author(store, "au", said)
                pipeline.zadd(posted, {comment: received})
                pipeline.zremrangebyrank(posted, 0, -_KEPT - 1)
                pipeline.pexpire(posted, keep_ms)
                pipeline.zrange(_author(store, "ao", said), 0, 1)
            if window_ms:
                same = _repeated(store, said)
                pipeline.zadd(same, {comment: received})
                pipeline.zremrangebyscore(same, "-inf", received - window_ms)
                pipeline.pexpire(same, window_ms)
                pipeline.zcard(same)
        answers = iter(await pipeline.execute())
    past = []
    for comment, said, _, window_ms in asked:
        approved = [next(answers) for _ in range(4)][-1] if said.author.id else [comment, ""]
        repeats = [next(answers) for _ in range(4)][-1] if window_ms else 0
        past.append(Past(not [other for other in approved if other != comment], int(repeats)))
    return past


async def note_approvals(
    store: Store, approved: Sequence[tuple[str, Submission, int]], *, keep_ms: int
) -> None:
    """Remember approved comments (comment, submission, at ms) under their authors, if known."""
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for comment, said, at in approved:
            if not said.author.id:
                continue
            key = _author(store, "ao", said)
            pipeline.zadd(key, {comment: at})
            pipeline.zremrangebyrank(key, 0, -_KEPT - 1)
            pipeline.pexpire(key, keep_ms)
        await pipeline.execute()


async def forget_approval(store: Store, comment: str, said: Submission) -> None:
    """Take an approval back: a person held or rejected the comment."""
    if said.author.id:
        async with down_on_error():
            await store.redis.zrem(_author(store, "ao", said), comment)


async def forget(store: Store, comment: str, said: Submission) -> None:
    """Erase a comment from its author's list and its text's."""
    async with down_on_error():
        if said.author.id:
            for which in ("au", "ao"):
                await store.redis.zrem(_author(store, which, said), comment)
        await store.redis.zrem(_repeated(store, said), comment)


def _author(store: Store, which: str, said: Submission) -> str:
    hashed = keyed_hash(store.secret, "author-key", said.site, said.author.id or "")
    return keys.author(store.shard(hashed), which, hashed)


def _repeated(store: Store, said: Submission) -> str:
    hashed = keyed_hash(store.secret, "repeat", said.site, said.text)
    return keys.repeated(store.shard(hashed), hashed)
