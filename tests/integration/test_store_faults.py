"""The store under one fault at a time: a killed server, a lost answer, memory that is full."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis

from moderation.domain.errors import StoreDownError
from moderation.store import decisions, intake, keeping, queue, reading
from moderation.store.client import connect
from moderation.store.embedded import EmbeddedServer
from moderation.store.intake import Accepted, Accepts
from moderation.store.queue import Job
from moderation.store.store import Store, open_store
from tests.contract import store_kit as kit
from tests.integration.faults import LossyProxy, T, kill, persistently, until
from tests.servers import redis_server

LIMIT_S = 120
TIMES: dict[str, Any] = {"hold_back_ms": 0, "ttl_ms": kit.YEAR_MS, "weight_hours": 6.0}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[tuple[EmbeddedServer, str]]:
    own = EmbeddedServer(tmp_path / "data")
    yield own, await own.start()
    await own.stop()


@pytest.fixture
async def store(server: tuple[EmbeddedServer, str]) -> AsyncIterator[Store]:
    clients = connect(server[1])
    yield await open_store(clients, shards=None, secret=None)
    await clients.aclose()


async def test_what_was_accepted_survives_the_servers_death(
    server: tuple[EmbeddedServer, str], store: Store
) -> None:
    accepts = Accepts(store, kit.ROOMY)
    promised: dict[str, str] = {}
    refused = 0
    deadly = iter((100, 500, 1100, 1700))
    at = next(deadly)
    killing: list[asyncio.Task[None]] = []

    async def send(number: int) -> None:
        nonlocal at, refused
        new = kit.comment(store, str(number), f"day {number}", key=f"k{number}")
        while new.id not in promised:
            try:
                accepted = await accepts.accept(new)
            except StoreDownError:
                refused += 1
                await asyncio.sleep(0.02)
                continue
            promised[accepted.id] = new.submission.text
            if len(promised) >= at:
                at = next(deadly, 10**9)
                killing.append(asyncio.create_task(kill(server[0])))

    async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
        for number in range(2000):
            group.create_task(send(number))
            if number % 50 == 0:  # not all in a few calls
                await asyncio.sleep(0.001)
        await asyncio.sleep(0)
    await asyncio.gather(*killing)
    await kill(server[0])  # and once more after the last promise

    records = await persistently(lambda: reading.read(store, list(promised), with_text=True))
    texts = {r.id: r.submission.text for r in records if r and r.submission}
    assert texts == promised
    assert len(promised) == 2000
    assert len(killing) == 4
    assert refused > 0
    jobs = await kit.take(store, count=5000)
    assert sorted(job.comment for job in jobs) == sorted(promised)  # one entry each
    for comment in promised:
        assert len(await reading.trail(store, comment)) == 1


@pytest.mark.parametrize("how", ["cut", "mute"])
async def test_a_lost_answer_makes_no_second_entry(embedded_url: str, how: str) -> None:
    proxy = LossyProxy(embedded_url)

    async def losing(call: Callable[[], Awaitable[T]]) -> T:
        proxy.lose(how)  # type: ignore[arg-type]
        return await persistently(call)

    async with proxy.serve() as url:
        clients = connect(url, timeout_s=0.5)
        store = await open_store(clients, shards=None, secret=None)
        (other,) = await kit.decide(store, [kit.comment(store, "other", callback=None)])
        await kit.resolve(store, kit.says(other, 2))
        await kit.callbacks(store)  # now the server knows every script by its hash
        new = kit.comment(store, key="k")
        accepts = Accepts(store, kit.ROOMY)
        accepted = await losing(lambda: accepts.accept(new))
        assert (accepted.id, accepted.new, accepted.version) == (new.id, False, 1)
        (job,) = await kit.take(store)
        (recorded,) = await losing(lambda: kit.record(store, [kit.held(job)]))
        assert recorded.code == "late"
        said = kit.says(new.id, 2)
        answer = await losing(lambda: decisions.resolve(store, said, {}, **TIMES))
        assert answer == ("already", 3)
        assert await losing(lambda: kit.take(store)) == []
        callbacks = await losing(lambda: kit.callbacks(store, lease_ms=0))
        assert [callback.version for callback in callbacks] == [2]
        assert proxy.lost == 5
        types = [event["type"] for event in await reading.trail(store, new.id)]
        assert types == ["received", "decided", "decided"]
        feed, _ = await reading.read_feed(store, kit.SITE, {}, 9)
        assert feed[2:] == [(new.id, 2), (new.id, 3)]
        assert sum(depth.entries for depth in await queue.depths(store, 0)) == 0
        await clients.aclose()


async def test_copies_from_several_clients_make_one_comment(embedded_url: str) -> None:
    processes = [connect(embedded_url) for _ in range(6)]
    stores = [await open_store(clients, shards=None, secret=None) for clients in processes]
    names = [str(number) for number in range(200)]

    async def send_all(store: Store, seed: int) -> list[Accepted]:
        accepts = Accepts(store, kit.ROOMY)
        mine = random.Random(seed).sample(names, len(names))
        return await asyncio.gather(
            *(accepts.accept(kit.comment(store, n, key=f"k{n}")) for n in mine)
        )

    answers = await asyncio.gather(*(send_all(store, at) for at, store in enumerate(stores)))
    created = [one.id for some in answers for one in some if one.new]
    assert len(created) == len(set(created)) == 200
    taken = await asyncio.gather(*(kit.take(store, f"w{n}", 50) for n, store in enumerate(stores)))
    entries = [job.comment for jobs in taken for job in jobs]
    assert sorted(entries) == sorted(created)
    for clients in processes:
        await clients.aclose()


async def test_full_memory_refuses_what_is_new_and_finishes_what_is_there(tmp_path: Path) -> None:
    with redis_server(tmp_path) as port:
        clients = connect(f"redis://127.0.0.1:{port}")
        store = await open_store(clients, shards=None, secret=None)
        names = [str(number) for number in range(4)]
        await kit.accept(store, *(kit.comment(store, name) for name in names))
        with redis.Redis(port=port) as admin:
            admin.config_set("maxmemory", "1mb")  # less than it has
        before = await kit.everything(store)
        with pytest.raises(StoreDownError):
            await kit.accept(store, kit.comment(store, "new"))
        with pytest.raises(StoreDownError):
            await intake.edit(store, kit.comment(store, "1", "a rainy day"), 600)
        assert await kit.everything(store) == before

        jobs = await kit.take(store)
        rulings = [kit.held(jobs[0]), kit.approved(jobs[1]), kit.unscored(jobs[2])]
        assert {one.code for one in await kit.record(store, rulings)} == {"recorded"}
        assert await kit.reclaim(store) == [_again(jobs[3])]
        assert await kit.requeue(store) == 1
        said = kit.says(jobs[0].comment, 2, "reject")
        assert (await kit.resolve(store, said))[0] == "recorded"
        for callback in await kit.callbacks(store):
            assert await kit.settle(store, callback) == "settled"
        assert (await kit.erase(store, jobs[3].comment, 1))[0] == "erased"
        await clients.aclose()


def _again(job: Job) -> Job:
    return Job(
        job.shard,
        job.lane,
        job.stream_id,
        job.comment,
        job.revision,
        again=False,
        deliveries=2,
        received_ms=job.received_ms,
        submission=job.submission,
    )


async def test_what_was_erased_leaves_the_disk(
    server: tuple[EmbeddedServer, str], store: Store, tmp_path: Path
) -> None:
    def told_on_disk() -> bool:
        files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
        found = False
        for path in files:
            with suppress(FileNotFoundError):  # the server has put it into another's place
                found = found or b"kanarienvogel" in path.read_bytes()
        return found

    async def gone_from_disk() -> bool:
        return not told_on_disk()

    (comment,) = await kit.decide(store, [kit.comment(store, text="a kanarienvogel sings")])
    assert told_on_disk()
    await kit.erase(store, comment, 2)
    assert told_on_disk()
    assert await keeping.rewrite_log(store)
    async with asyncio.timeout(LIMIT_S):
        await until(gone_from_disk)
    await kill(server[0])
    (record,) = await persistently(lambda: reading.read(store, [comment]))
    assert record is not None
    assert record.state["st"] == "e"
