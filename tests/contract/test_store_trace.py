"""The traceparent that a text came with: it stays with this text, and goes when the text goes."""

from __future__ import annotations

from dataclasses import replace

from moderation.store import intake, keys
from moderation.store.store import Store
from tests.contract import store_kit as kit

FIRST, SECOND = (f"00-{digit * 32}-{digit * 16}-01" for digit in "ab")


async def test_a_trace_goes_with_its_text_to_the_worker_and_the_callback(store: Store) -> None:
    new = replace(kit.comment(store), trace=FIRST)
    await kit.accept(store, new)
    await kit.accept(store, replace(new, trace=SECOND))  # a duplicate changes nothing
    (job,) = await kit.take(store)
    assert job.trace == FIRST
    await kit.record(store, [kit.approved(job)])
    (callback,) = await kit.callbacks(store)
    assert callback.state["tr"] == FIRST


async def test_an_edit_has_its_own_trace_or_none(store: Store) -> None:
    new = replace(kit.comment(store), trace=FIRST)
    await kit.accept(store, new)
    await intake.edit(store, replace(kit.comment(store, text="a rainy day"), trace=SECOND), 600)
    (job,) = await kit.take(store)
    assert job.trace == SECOND
    await intake.edit(store, kit.comment(store, text="a windy day"), 600)
    (job,) = await kit.take(store)
    assert job.trace == ""


async def test_without_one_nothing_is_kept_and_erasing_takes_it_away(store: Store) -> None:
    plain, traced = kit.comment(store, "1"), replace(kit.comment(store, "2"), trace=FIRST)
    await kit.accept(store, plain, traced)

    async def kept(comment: str) -> str | None:
        state = keys.state(store.shard(comment), comment)
        found: str | None = await store.redis.hget(state, "tr")
        return found

    assert await kept(plain.id) is None
    assert await kept(traced.id) == FIRST
    assert (await kit.erase(store, traced.id, 1))[0] == "erased"
    assert await kept(traced.id) is None
