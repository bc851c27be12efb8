"""The store under everything at once: workers that die, notifiers that fail, edits and kills.

When all has come to rest, each text has one decision, made on that very text, and the site has
heard of each in order.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from moderation.domain.scores import UnscoredReason
from moderation.store import intake, queue, reading
from moderation.store.client import connect
from moderation.store.embedded import EmbeddedServer
from moderation.store.intake import Accepts
from moderation.store.outbox import Callback
from moderation.store.queue import Job
from moderation.store.store import Store, down_on_error, open_store
from tests.contract import store_kit as kit
from tests.integration.faults import kill, persistently, until

COMMENTS, WORKERS, KILLS = 150, 4, 3
LIMIT_S = 120


class Story:
    """A site, its workers and its notifiers over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._dice = random.Random(20260101)
        self.heard: dict[str, list[int]] = defaultdict(list)
        self.over = asyncio.Event()

    async def send(self, name: str) -> None:
        """Submit a comment, perhaps in three copies, and edit it up to twice."""
        store, accepts = self._store, Accepts(self._store, kit.ROOMY)
        first = kit.comment(store, name, f"text {name}/1", key=f"k{name}")
        for _ in range(self._dice.choice((1, 1, 3))):
            await persistently(lambda: accepts.accept(first))
        for revision in range(2, self._dice.choice((2, 3, 4))):
            await asyncio.sleep(self._dice.random() / 2)
            text, key = f"text {name}/{revision}", f"e{name}/{revision}"
            edit = kit.comment(store, name, text, key=key)
            await persistently(lambda edit=edit: intake.edit(store, edit, 600))

    async def work(self, consumer: str) -> None:
        """Reserve, now and then what another one holds; record, unless it dies before."""
        while not self.over.is_set():
            take = kit.take if self._dice.random() < 0.7 else kit.reclaim
            jobs = await persistently(lambda take=take: take(self._store, consumer, 7))
            await asyncio.sleep(self._dice.random() / 50)
            if self._dice.random() < 0.7:
                rulings = [self._rule(job) for job in jobs]
                await persistently(lambda r=rulings: kit.record(self._store, r))
            await persistently(lambda: kit.requeue(self._store))

    def _rule(self, job: Job) -> kit.Ruling:
        """Rule on a job so that the decision says which text it was made on."""
        if self._dice.random() < 0.2:
            return kit.unscored(job, UnscoredReason.UNAVAILABLE)
        return kit.held(job, detail=job.submission.text)

    async def notify(self) -> None:
        """Send what is due; some receivers fail, and some answers of theirs are lost."""
        while not self.over.is_set():
            for callback in await persistently(lambda: kit.callbacks(self._store, lease_ms=30)):
                await self._send(callback)
            await asyncio.sleep(0.005)

    async def _send(self, callback: Callback) -> None:
        outcome = "retry" if self._dice.random() < 0.3 else "delivered"
        if outcome == "delivered":
            self.heard[callback.comment].append(callback.version)
        if self._dice.random() < 0.8:
            await persistently(lambda: kit.settle(self._store, callback, outcome))

    async def is_at_rest(self) -> bool:
        """Whether nothing is pending, to be scored again or to be sent."""
        pending = reading.pending_indexes(self._store, kit.SITE)
        waiting, _ = await persistently(lambda: reading.page(self._store, pending, None, 1, ()))
        keys = await persistently(lambda: due_keys(self._store))
        return not waiting and not keys


async def due_keys(store: Store) -> list[str]:
    async with down_on_error():
        return [key for key in await kit.all_keys(store) if key.endswith((":out", ":uns"))]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[tuple[EmbeddedServer, str]]:
    own = EmbeddedServer(tmp_path / "data")
    yield own, await own.start()
    await own.stop()


async def test_each_text_is_decided_once_and_by_its_own_score(
    server: tuple[EmbeddedServer, str],
) -> None:
    clients = connect(server[1])
    store = await open_store(clients, shards=None, secret=None)
    story = Story(store)
    names = [str(number) for number in range(COMMENTS)]
    async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
        sites = [group.create_task(story.send(name)) for name in names]
        for number in range(WORKERS):
            group.create_task(story.work(f"w{number}"))
            group.create_task(story.notify())
        for _ in range(KILLS):
            await asyncio.sleep(0.3)
            await kill(server[0])
        await asyncio.gather(*sites)
        await until(story.is_at_rest)
        story.over.set()

    feed, _ = await reading.read_feed(store, kit.SITE, {}, 10_000)
    for name in names:
        comment = kit.comment(store, name).id
        trail = await reading.trail(store, comment)
        decided = [event for event in trail if event["type"] == "decided"]
        check_decisions(name, decided, int((await kit.state(store, comment))["rev"]))
        versions = [event["version"] for event in decided]
        heard = list(dict.fromkeys(story.heard[comment]))  # repetitions aside
        # Of one text they are heard in order; what was on its way when the text was edited may
        # come after what was decided on the new one.
        of_text = {event["version"]: event["revision"] for event in decided}
        for revision in set(of_text.values()):
            told = [version for version in heard if of_text[version] == revision]
            assert told == sorted(told)
        # What was not yet told of a text when it was edited is told no more; of the newest, all is.
        newest = max(event["revision"] for event in decided)
        told = [event["version"] for event in decided if event["revision"] == newest]
        assert set(told) <= set(heard)
        assert [version for who, version in feed if who == comment] == versions
    assert sum(depth.entries for depth in await queue.depths(store, 0)) == 0
    await clients.aclose()


def check_decisions(name: str, decided: list[dict[str, Any]], newest: int) -> None:
    """One scored decision a text at most, on that text; the newest text has one."""
    scored = [event for event in decided if event["decided_by"] != "fallback"]
    unscored = [event["revision"] for event in decided if event["decided_by"] == "fallback"]
    revisions = [event["revision"] for event in scored]
    assert len(revisions) == len(set(revisions))
    assert len(unscored) == len(set(unscored))
    assert revisions[-1] == newest
    for event in scored:
        assert event["reasons"][-1]["detail"] == f"text {name}/{event['revision']}"
