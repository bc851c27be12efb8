"""How many are held for which reason: always what a recount would find, whatever happened."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from moderation.domain.decision import DecidedBy, Decision, Reason, ReasonCode
from moderation.domain.errors import NotFoundError
from moderation.domain.standing import decision_of, standing
from moderation.store import intake, keeping, keys, reading, second_thoughts
from moderation.store.queue import Job
from moderation.store.second_thoughts import Act
from moderation.store.store import Store
from tests.contract import store_kit as kit

OVER, SUSPECT = ReasonCode.SCORE_OVER_THRESHOLD.value, ReasonCode.SUSPECT_WORD.value
UNSCORED = ReasonCode.UNSCORED.value


async def counted(store: Store, site: str = kit.SITE) -> dict[str, int]:
    return dict((await reading.held_figures(store, site, ())).why)


async def recounted(store: Store, site: str = kit.SITE) -> dict[str, int]:
    """Return what the states of those that stand in the lists say."""
    found = Counter[str]()
    for order in ("age", "esc"):
        for shard, key in reading.held_indexes(store, site, order, None).items():
            for comment in await store.redis.zrange(key, 0, -1):
                why = await store.redis.hget(keys.state(shard, comment), "why")
                found.update(why.split(",") if why else [keys.NO_REASON])
    return dict(found)


def act(comment: str, version: int) -> Act:
    return Act(comment=comment, site=kit.SITE, expected_version=version, actor_id="ada",
               actor_name="Ada L.")  # fmt: skip


async def undo(store: Store, comment: str, version: int, **options: Any) -> str:
    """Take back what stands last, as a person on the page would."""
    trail = await reading.trail(store, comment)
    *rest, undone = standing(trail)
    code, *_ = await second_thoughts.undo(
        store, act(comment, version), undone["version"], rest,
        was_decided=undone["type"] == "decided", only_within=False, ttl_ms=kit.YEAR_MS,
        weight_hours=6.0, **options,
    )  # fmt: skip
    return str(code)


async def test_a_comment_counts_under_each_reason_as_long_as_it_is_held(store: Store):
    (comment,) = await kit.decide(
        store, [kit.comment(store)], lambda job: kit.held(job, detail="a word")
    )
    both = {OVER: 1, SUSPECT: 1, "toxicity": 1}
    assert await counted(store) == both
    await second_thoughts.escalate(store, act(comment, 2), None)
    assert await counted(store) == both
    await undo(store, comment, 3)
    assert await counted(store) == both
    await kit.resolve(store, kit.says(comment, 4, "reject"))
    assert await counted(store) == {}
    await kit.resolve(store, kit.says(comment, 5, "hold"))
    assert await counted(store) == both
    assert await counted(store, "blog") == {}
    await kit.erase(store, comment, 6)
    assert await counted(store) == {}


async def test_without_a_known_reason_it_counts_as_such(store: Store):
    (accepted,) = await kit.accept(store, kit.comment(store))
    await kit.resolve(store, kit.says(accepted.id, 1, "hold"))
    assert await counted(store) == {keys.NO_REASON: 1}


async def test_a_score_that_comes_later_changes_the_reason(store: Store):
    await kit.decide(store, [kit.comment(store)], kit.unscored)
    assert await counted(store) == {UNSCORED: 1}
    await kit.requeue(store)
    (job,) = await kit.take(store)
    await kit.record(store, [kit.held(job)])
    assert await counted(store) == {OVER: 1, "toxicity": 1}


async def test_a_label_with_the_name_of_what_has_none_is_kept_apart(store: Store):
    reason = Reason(ReasonCode.SCORE_OVER_THRESHOLD, "other", 0.9, 0.5)

    def rule(job: Job) -> kit.Ruling:
        return kit.ruling(job, Decision.HOLD, DecidedBy.MODEL, (reason,), {"other": 0.9}, 0.9)

    await kit.decide(store, [kit.comment(store)], rule)
    assert await counted(store) == {OVER: 1, "other": 1}


async def test_what_an_earlier_version_held_is_counted_once(store: Store):
    ids = await kit.decide(store, [kit.comment(store, str(number)) for number in range(30)])
    await second_thoughts.escalate(store, act(ids[0], 2), None)
    before = await counted(store)
    for comment in ids:
        shard = store.shard(comment)
        await store.redis.delete(keys.held_why(shard, kit.SITE))
        await store.redis.hdel(keys.state(shard, comment), "hw")
    await kit.resolve(store, kit.says(ids[1], 2, "hold"))  # the first that is counted anyway
    for _ in range(2):
        await keeping.complete_orders(store, kit.SITE)
        assert await counted(store) == before == await recounted(store)
    for comment in ids[1:]:
        version = int((await kit.state(store, comment))["ver"])
        await kit.resolve(store, kit.says(comment, version))
    assert await counted(store) == {OVER: 1, "toxicity": 1}


class Story:
    """People, workers and authors, in an order that the dice choose."""

    def __init__(self, store: Store, seed: int) -> None:
        self._store, self._dice = store, random.Random(seed)
        self._ids = list[str]()

    async def begin(self) -> None:
        names = [kit.comment(self._store, str(number), callback="") for number in range(12)]
        self._ids = [one.id for one in await kit.accept(self._store, *names)]

    async def step(self) -> None:
        steps: list[Callable[[str, int], Any]] = [
            self._decide, self._decide, self._escalate, self._undo, self._edit, self._record,
            self._record, self._erase, self._sweep,
        ]  # fmt: skip
        comment = self._dice.choice(self._ids)
        (record,) = await reading.read(self._store, [comment])
        step = self._dice.choice(steps)
        if record and (step != self._erase or self._dice.random() < 0.3):
            await step(comment, int(record.state["ver"]))

    async def _decide(self, comment: str, version: int) -> None:
        decision = self._dice.choice(("approve", "reject", "hold"))
        said = kit.says(comment, version, decision)
        for _ in range(self._dice.choice((1, 2))):
            await kit.resolve(self._store, said, ttl_ms=self._dice.choice((1, kit.YEAR_MS)))

    async def _escalate(self, comment: str, version: int) -> None:
        await second_thoughts.escalate(self._store, act(comment, version), None)

    async def _undo(self, comment: str, version: int) -> None:
        stands = standing(await reading.trail(self._store, comment))
        if len(stands) > 1 and decision_of(stands):
            await undo(self._store, comment, version)

    async def _edit(self, comment: str, _: int) -> None:
        name = str(self._ids.index(comment))
        text = f"a fine day {self._dice.random()}"
        with suppress(NotFoundError):
            await intake.edit(self._store, kit.comment(self._store, name, text, callback=""), 600)

    async def _record(self, *_: Any) -> None:
        rules = (kit.held, kit.approved, kit.unscored, lambda job: kit.held(job, detail="a word"))
        await kit.requeue(self._store)
        jobs = await kit.take(self._store, count=3)
        rulings = [self._dice.choice(rules)(job) for job in jobs]
        for _ in range(self._dice.choice((1, 2))):
            await kit.record(self._store, rulings)

    async def _erase(self, comment: str, version: int) -> None:
        await kit.erase(self._store, comment, version)

    async def _sweep(self, *_: Any) -> None:
        for shard in range(self._store.shards):
            await keeping.sweep(self._store, shard, 10, kit.YEAR_MS)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_the_counts_are_what_a_recount_finds(store: Store, seed: int):
    story = Story(store, seed)
    await story.begin()
    seen = set[str]()
    for _ in range(100):
        await story.step()
        found = await counted(store)
        assert found == await recounted(store)
        assert all(count > 0 for count in found.values())
        seen |= found.keys()
    assert {OVER, UNSCORED, SUSPECT} <= seen
