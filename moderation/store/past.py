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
    first = await _first_times(store, [(comment, said) for comment, said, *_ in asked])
    repeats = await _repeats(store, asked)
    return [Past(*both) for both in zip(first, repeats, strict=True)]


async def _first_times(store: Store, asked: Sequence[tuple[str, Submission]]) -> list[bool]:
    named = [(comment, said) for comment, said in asked if said.author.id]
    if not named:
        return [False] * len(asked)
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for _, said in named:
            pipeline.zrange(_approved(store, said.site, said.author.id or ""), 0, 1)
        answers = iter(await pipeline.execute())
    return [
        bool(said.author.id) and not [one for one in next(answers) if one != comment]
        for comment, said in asked
    ]


async def _repeats(store: Store, asked: Sequence[tuple[str, Submission, int, int]]) -> list[int]:
    """Count the repeats of each text, in one call a shard."""
    counts = [0] * len(asked)
    by_shard: dict[int, list[tuple[int, str]]] = {}
    for index, (_, said, _, window_ms) in enumerate(asked):
        if window_ms:
            hashed = _text(store, said)
            by_shard.setdefault(store.shard(hashed), []).append((index, hashed))
    for shard, entries in by_shard.items():
        args: list[str | float] = []
        for index, hashed in entries:
            comment, _, received, window_ms = asked[index]
            args += [hashed, comment, received, window_ms]
        for (index, _), count in zip(entries, await store.run("seen", shard, *args), strict=True):
            counts[index] = int(count)
    return counts


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
    hashed = _text(store, said)
    async with down_on_error():
        await store.redis.zrem(keys.repeated(store.shard(hashed), hashed), comment)


def _approved(store: Store, site: str, author: str) -> str:
    hashed = keyed_hash(store.secret, "author-key", site, author)
    return keys.approved(store.shard(hashed), hashed)


def _text(store: Store, said: Submission) -> str:
    return keyed_hash(store.secret, "repeat", said.site, said.text)
