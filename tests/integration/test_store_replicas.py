"""The durability that waits for replicas: a promise is given only when they have it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis

from moderation.domain.errors import StoreDownError, StoreFault
from moderation.store import intake
from moderation.store.client import connect
from moderation.store.store import Store, open_store
from tests.contract import store_kit as kit
from tests.servers import redis_server

LIMIT_S = 60


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """A primary and its replica."""
    first, second = tmp_path / "primary", tmp_path / "replica"
    first.mkdir()
    second.mkdir()
    # A replica that still writes its first append-only file does not end when it is told to.
    with (
        redis_server(first, repl_diskless_sync_delay="0") as primary,
        redis_server(second, appendonly="no") as replica,
    ):
        with redis.Redis(port=replica) as client:
            client.replicaof("127.0.0.1", primary)
        yield primary, replica


@pytest.fixture
async def store(ports: tuple[int, int]) -> AsyncIterator[Store]:
    clients = connect(f"redis://127.0.0.1:{ports[0]}")
    async with asyncio.timeout(LIMIT_S):
        while (await clients.commands.info("replication"))["connected_slaves"] < 1:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        while await clients.commands.wait(1, 100) < 1:
            await clients.commands.ping()
    yield await open_store(clients, shards=None, secret=None, replicas=1)
    await clients.aclose()


async def test_what_is_promised_is_on_the_replica(store: Store, ports: tuple[int, int]) -> None:
    (accepted,) = await kit.accept(store, kit.comment(store))
    await intake.edit(store, kit.comment(store, text="a rainy day"), 600)
    (job,) = await kit.take(store)
    await kit.record(store, [kit.held(job)])
    assert (await kit.resolve(store, kit.says(accepted.id, 3, "reject")))[0] == "recorded"
    with redis.Redis(port=ports[1], decode_responses=True) as replica:
        assert replica.hget(f"{{s0}}:m:{accepted.id}", "d") == "reject"
        assert replica.llen(f"{{s0}}:e:{accepted.id}") == 4


async def test_without_the_replica_nothing_is_promised(
    store: Store, ports: tuple[int, int]
) -> None:
    new = kit.comment(store, key="k")
    with redis.Redis(port=ports[1]) as replica:
        replica.replicaof("NO", "ONE")
        with pytest.raises(StoreDownError) as refused:
            await kit.accept(store, new)
        assert "fine day" not in f"{refused.value!r} {refused.value.__cause__!r}"
        replica.replicaof("127.0.0.1", ports[0])
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                (accepted,) = await kit.accept(store, new)
            except StoreDownError:
                await asyncio.sleep(0.02)
            else:
                break
    assert accepted.version == 1  # it was there all along: one comment, now promised
    assert len(await kit.take(store)) == 1


async def test_a_refusal_in_a_replicated_store_shows_no_text(
    store: Store, ports: tuple[int, int]
) -> None:
    with redis.Redis(port=ports[0]) as admin:
        admin.config_set("maxmemory", "1mb")
    with pytest.raises(StoreDownError) as refused:
        await kit.accept(store, kit.comment(store, key="k"))
    assert "fine day" not in f"{refused.value!r} {refused.value.__cause__!r}"


async def test_a_server_that_wants_replicas_refuses_for_the_lack_of_them(
    store: Store, ports: tuple[int, int]
) -> None:
    """A script's own write is what the server refuses."""
    with redis.Redis(port=ports[0]) as primary:
        primary.config_set("min-replicas-to-write", "2")
    with pytest.raises(StoreDownError) as refused:
        await kit.accept(store, kit.comment(store))
    assert refused.value.why is StoreFault.REPLICAS
