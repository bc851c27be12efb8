"""What is known of an author and of a text from before: facts for rules, never text.

Each write names a comment id, so that writing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from moderation.domain.comment import Submission, keyed_hash
from moderation.store import keys
from moderation.store.store import Store, down_on_error

_KEPT = 100  # approved comments an author is remembered by; more adds nothing to any rule


@dataclass(frozen=True, slots=True)
class Past:
    """`first_time`: no comment of this author was approved yet (false without an author).

    `repeats`: how often this text was submitted within the window, this time included.
    """

    first_time: bool
    repeats: int


async def look_up(store: Store, asked: Sequence[tuple[str, Submission, int, int]]) -> list[Past]:
    """Note and return the past of (comment, submission, received_ms, repeat window in ms) each."""
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for comment, said, received, window_ms in asked:
            if said.author.id:
                pipeline.zrange(_approved(store, said.site, said.author.id), 0, 1)
            if window_ms:
                same = _repeated(store, said)
                pipeline.zadd(same, {comment: received})
                pipeline.zremrangebyscore(same, "-inf", received - window_ms)
                pipeline.pexpire(same, window_ms)
                pipeline.zcard(same)
        answers = iter(await pipeline.execute())
    past = []
    for comment, said, _, window_ms in asked:
        approved = next(answers) if said.author.id else [""]
        repeats = [next(answers) for _ in range(4)][-1] if window_ms else 0
        past.append(Past(not [other for other in approved if other != comment], int(repeats)))
    return past


async def note_approvals(
    store: Store, approved: Sequence[tuple[str, str, str, int]], *, keep_ms: int
) -> None:
    """Remember approved comments (comment, site, author's pseudonym, at ms) under their authors."""
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for comment, site, author, at in approved:
            key = _approved(store, site, author)
            pipeline.zadd(key, {comment: at})
            pipeline.zremrangebyrank(key, 0, -_KEPT - 1)
            pipeline.pexpire(key, keep_ms)
        await pipeline.execute()


async def forget_approval(store: Store, comment: str, site: str, author: str) -> None:
    """Take an approval back: a person held or rejected the comment, or it was erased."""
    async with down_on_error():
        await store.redis.zrem(_approved(store, site, author), comment)


async def forget_text(store: Store, comment: str, said: Submission) -> None:
    """Forget that a comment had this text."""
    async with down_on_error():
        await store.redis.zrem(_repeated(store, said), comment)


def _approved(store: Store, site: str, author: str) -> str:
    hashed = keyed_hash(store.secret, "author-key", site, author)
    return keys.approved(store.shard(hashed), hashed)


def _repeated(store: Store, said: Submission) -> str:
    hashed = keyed_hash(store.secret, "repeat", said.site, said.text)
    return keys.repeated(store.shard(hashed), hashed)
