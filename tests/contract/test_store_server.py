"""The store as a whole: opened by what it was made with, its keys where a cluster wants them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from redis.crc import key_slot

from moderation.domain.errors import StoreDownError
from moderation.store import (
    api_keys,
    intake,
    keeping,
    outbox,
    past,
    policies,
    queue,
    reading,
    scripts,
)
from moderation.store.client import connect
from moderation.store.store import Store, StoreMismatchError, down_on_error, open_store
from tests.contract import store_kit as kit
from tests.contract.whole_story import everything_happens
from tests.servers import free_port


async def test_a_store_is_opened_again_as_it_was_made(store: Store, server_url: str) -> None:
    clients = connect(server_url)
    again = await open_store(clients, shards=None, secret=None)
    assert (again.shards, again.secret) == (store.shards, store.secret)
    exact = await open_store(clients, shards=store.shards, secret=store.secret)
    assert exact.secret == store.secret
    await clients.aclose()


async def test_another_shard_count_or_secret_or_schema_is_refused(store: Store) -> None:
    clients = store.clients
    with pytest.raises(StoreMismatchError, match="shards"):
        await open_store(clients, shards=store.shards + 1, secret=None)
    with pytest.raises(StoreMismatchError, match="secret") as refused:
        await open_store(clients, shards=None, secret=b"x" * 32)
    assert store.secret.hex() not in str(refused.value)
    await store.redis.hset("{s0}:install", "schema", "2")
    with pytest.raises(StoreMismatchError, match="schema 2"):
        await open_store(clients, shards=None, secret=None)


async def test_those_who_open_it_first_at_once_agree(server_url: str) -> None:
    processes = [connect(server_url) for _ in range(5)]
    opened = await asyncio.gather(
        *(open_store(clients, shards=None, secret=None) for clients in processes)
    )
    assert len({store.secret for store in opened}) == 1
    assert len(opened[0].secret) == 32
    for clients in processes:
        await clients.aclose()


async def test_it_is_opened_again_while_its_server_is_full(store: Store) -> None:
    redis, everywhere = store.redis, {}
    if store.clients.is_cluster:
        everywhere = {"target_nodes": redis.get_primaries()}
    await redis.config_set("maxmemory", 1, **everywhere)
    try:
        again = await open_store(store.clients, shards=None, secret=None)
        assert again.secret == store.secret
    finally:
        await redis.config_set("maxmemory", 0, **everywhere)


async def test_a_connection_closed_under_another_task_is_a_store_that_is_down() -> None:
    with pytest.raises(StoreDownError):
        async with down_on_error():
            raise RuntimeError("the handler is closed")  # uvloop's
    with pytest.raises(StoreMismatchError):
        async with down_on_error():
            raise StoreMismatchError("other shards")


async def test_the_first_opener_chooses(server_url: str) -> None:
    clients = connect(server_url)
    made = await open_store(clients, shards=3, secret=b"s" * 32)
    found = await open_store(clients, shards=None, secret=None)
    assert (made.shards, found.shards, found.secret) == (3, 3, b"s" * 32)
    ids = await kit.decide(made, [kit.comment(made, str(n)) for n in range(20)])
    assert sorted(await kit.held_ids(found)) == sorted(ids)
    await clients.aclose()


async def test_every_key_lies_in_its_shards_slot(store: Store) -> None:
    await everything_happens(store)
    shards = set()
    for key in await kit.all_keys(store):
        match = re.match(r"\{s(\d+)\}:", key)
        assert match, key
        shards.add(int(match[1]))
        assert key_slot(key.encode()) == key_slot(f"s{match[1]}".encode())
        named = re.search(r"c_[0-9a-f]{32}", key)
        assert not named or store.shard(named[0]) == int(match[1])
    assert shards == set(range(store.shards))


async def test_every_script_was_run_by_what_happened(store: Store) -> None:
    """The test above means something only if it goes through all of them."""
    ran = set()
    run = scripts.run

    async def watched(client: object, name: str, *args: object) -> object:
        ran.add(name)
        return await run(client, name, *args)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scripts, "run", watched)
        await everything_happens(store)
    assert ran == set(scripts.SCRIPTS)


async def test_every_script_may_run_twice(store: Store) -> None:
    """The client repeats a script whose answer was lost; nothing may happen a second time."""
    run = scripts.run

    async def twice(client: object, name: str, *args: object) -> object:
        await run(client, name, *args)  # type: ignore[arg-type]
        return await run(client, name, *args)  # type: ignore[arg-type]

    (first, other) = kit.comment(store, "1"), kit.comment(store, "2", key="k")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scripts, "run", twice)
        await kit.accept(store, first, other)
        await intake.edit(store, kit.comment(store, "1", "a rainy day"), 600)
        assert await kit.take(store) == []  # reserved by the first, whose answer was lost
        jobs = await kit.reclaim(store, min_idle_ms=0)
        assert {job.comment for job in jobs} == {first.id, other.id}
        await kit.record(store, [kit.unscored(job) for job in jobs])
        await kit.requeue(store)
        assert await kit.take(store) == []
        again = await kit.reclaim(store)
        assert {job.comment for job in again} == {first.id, other.id}
        await kit.record(store, [kit.held(job) for job in again])
        assert (await kit.resolve(store, kit.says(first.id, 4, "reject")))[0] == "already"
        assert (await kit.erase(store, other.id, 3))[0] == "already"
        (callback,) = await kit.callbacks(store, lease_ms=0)
        assert await kit.settle(store, callback, "dead") == "late"
        await outbox.send_again(store, first.id, callback.version, kit.SITE)
    sent = []
    while due := await kit.callbacks(store):
        sent += [callback.version for callback in due]
        await kit.settle(store, due[0])
    assert sent == [4, 5, 3]
    kinds = [event["type"] for event in await reading.trail(store, first.id)]
    assert kinds == ["received", "edited", "decided", "decided", "decided"]
    assert sum(depth.entries for depth in await queue.depths(store, 0)) == 0


CALLS: dict[str, Callable[[Store], Awaitable[object]]] = {
    "accept": lambda store: kit.accept(store, kit.comment(store)),
    "take": lambda store: queue.take(store, 0, "w1", 1),
    "arrivals": lambda store: queue.Arrivals(store, 0).wait(10),
    "depths": lambda store: queue.depths(store, 0),
    "callbacks": kit.callbacks,
    "held": kit.held_ids,
    "policy": lambda store: policies.current(store, "default"),
    "key": lambda store: api_keys.find(store, "x"),
    "past": lambda store: past.look_up(
        store, [("c1", kit.comment(store, author="a").submission, 1, 1)]
    ),
    "rewrite": keeping.rewrite_log,
}


@pytest.mark.parametrize("name", CALLS)
async def test_a_server_that_is_away_is_one_refusal_without_a_text(name: str) -> None:
    clients = connect(f"redis://127.0.0.1:{free_port()}")
    away = Store(clients, 1, b"s" * 32)
    with pytest.raises(StoreDownError) as refused:
        await CALLS[name](away)
    told = f"{refused.value!r} {refused.value.__cause__!r}"
    assert "fine day" not in told
    await clients.aclose()
