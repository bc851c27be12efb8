"""The pool: whatever one text does to its scorer, every other text gets its own score."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import psutil
import pytest

from moderation.domain.scores import ModelInfo, Unscored
from moderation.domain.scores import UnscoredReason as R
from moderation.scoring.place import PoolEvent
from tests.unit.scoring.checks import PATIENCE_S, Pools, assert_own_score, until

FAULTS = {
    "please raise": R.ERROR,
    "please hang": R.TIMEOUT,
    "please deaf": R.TIMEOUT,
    "please crash": R.CRASHED,
    "please segfault": R.CRASHED,
    "please exit": R.CRASHED,
    "please babble": R.CRASHED,
    "please mumble": R.CRASHED,
    "please forge": R.CRASHED,
    "please nan": R.BAD_SCORE,
    "please infinity": R.BAD_SCORE,
    "please range": R.BAD_SCORE,
    "please shape": R.BAD_SCORE,
    "please string": R.BAD_SCORE,
}


async def test_scores_come_back_in_order_with_the_model(pools: Pools) -> None:
    events: list[PoolEvent] = []
    pool = await pools(processes=2, on_event=events.append)
    texts = [f"text {number}" for number in range(50)] + ["", "a\x00b", "\ud800", "שלום", "😀"]
    for text, outcome in zip(texts, await pool.score(texts), strict=True):
        assert_own_score(text, outcome)
    assert pool.model == ModelInfo("faulty", "1")
    assert pool.labels == ("toxicity", "insult")
    assert pool.failure is None
    assert set(events) == {PoolEvent.READY}
    assert await pool.score([]) == []


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_has_its_reason_and_its_neighbours_their_scores(
    pools: Pools, fault: str
) -> None:
    pool = await pools(timeout_s=1.5)
    texts = ["before", fault, "after", "after that"]
    outcomes = await pool.score(texts)
    assert outcomes[1] == Unscored(FAULTS[fault])
    for index in (0, 2, 3):
        assert_own_score(texts[index], outcomes[index])


async def test_what_a_scorer_prints_disturbs_nothing(pools: Pools, capfd: Any) -> None:
    pool = await pools()
    texts = ["please print you are an idiot", "next"]
    for text, outcome in zip(texts, await pool.score(texts), strict=True):
        assert_own_score(text, outcome)
    out, err = capfd.readouterr()
    assert "idiot" not in out + err


async def test_an_exception_leaves_its_class_name_only(pools: Pools, caplog: Any) -> None:
    pool = await pools()
    assert await pool.score(["please raise at this idiot"]) == [Unscored(R.ERROR)]
    assert "ValueError" in caplog.text
    assert "idiot" not in caplog.text


async def test_many_callers_with_many_faults_each_get_their_own(pools: Pools) -> None:
    pool = await pools(processes=2, timeout_s=1.0)
    dice = random.Random(4)
    faults = ["please raise", "please crash", "please nan", "please hang", "please sleep 0.05 {}"]
    texts = [
        faults[index // 10 % 5].format(index) if index % 10 == 0 else f"text {index}"
        for index in range(200)
    ]
    dice.shuffle(texts)
    calls = [texts[start : start + 20] for start in range(0, 200, 20)]
    results = await asyncio.gather(*(pool.score(call) for call in calls))
    for call, outcomes in zip(calls, results, strict=True):
        for text, outcome in zip(call, outcomes, strict=True):
            if text in FAULTS:
                assert outcome == Unscored(FAULTS[text])
            else:
                assert_own_score(text, outcome)


async def test_one_slow_text_does_not_hold_the_rest(pools: Pools) -> None:
    pool = await pools(processes=2, timeout_s=PATIENCE_S)
    await until(lambda: len(pool.pids) == 2)
    slow = asyncio.create_task(pool.score(["please hang"]))
    for number in range(20):
        [outcome] = await pool.score([f"text {number}"])
        assert_own_score(f"text {number}", outcome)
    assert not slow.done()
    slow.cancel()


async def test_a_cancelled_call_leaves_its_answer_to_nobody(pools: Pools) -> None:
    pool = await pools()
    pids = pool.pids
    for number in range(5):
        call = asyncio.create_task(pool.score([f"please sleep 0.2 {number}", "never asked"]))
        await asyncio.sleep(0.05)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        [outcome] = await pool.score([f"text {number}"])
        assert_own_score(f"text {number}", outcome)
    assert pool.pids == pids


async def test_a_deadline_ends_the_call_and_not_the_child(pools: Pools) -> None:
    pool = await pools()
    pids = pool.pids
    outcomes = await pool.score(["please sleep 1", *["in hand"] * 3, "waiting"], timeout_s=0.3)
    assert outcomes == [Unscored(R.TIMEOUT)] * 4 + [Unscored(R.UNAVAILABLE)]
    [outcome] = await pool.score(["next"])
    assert_own_score("next", outcome)
    assert pool.pids == pids


async def test_stopping_ends_calls_and_children(pools: Pools) -> None:
    pool = await pools(processes=2)
    pids = pool.pids
    call = asyncio.create_task(pool.score(["please hang"] * 3 + ["waiting"]))
    await asyncio.sleep(0.2)
    await pool.stop()
    assert await call == [Unscored(R.UNAVAILABLE)] * 4
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not pool.ready
    assert await pool.score(["too late"]) == [Unscored(R.UNAVAILABLE)]


async def test_calls_while_nothing_loads_leave_nothing_behind(pools: Pools) -> None:
    pool = await pools("never", ready=False)
    for _ in range(20):
        await pool.score(["a", "b"], timeout_s=0.01)
    assert not [*pool._jobs._short, *pool._jobs._long]
    assert not pool._jobs._open
