"""One child after another: lost, hung, leaking, grown or never there, and always replaced."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from moderation.domain.scores import Unscored
from moderation.domain.scores import UnscoredReason as R
from moderation.scoring import running
from moderation.scoring.place import PoolEvent as E
from tests.unit.scoring.checks import PATIENCE_S, Pools, assert_own_score, until


async def test_a_child_killed_from_outside_is_replaced(pools: Pools) -> None:
    events: list[E] = []
    pool = await pools(on_event=events.append)
    for _ in range(2):
        [pid] = pool.pids
        os.kill(pid, signal.SIGKILL)
        await until(lambda before=pid: pool.pids not in ((), (before,)))  # type: ignore[misc]
        [outcome] = await pool.score(["still here"])
        assert_own_score("still here", outcome)
    assert events == [E.READY, E.CRASHED, E.READY, E.CRASHED, E.READY]


async def test_a_text_in_the_hands_of_a_killed_child_is_scored_by_the_next(pools: Pools) -> None:
    pool = await pools()
    call = asyncio.create_task(pool.score(["please sleep 0.5", "neighbour"]))
    await asyncio.sleep(0.2)
    os.kill(pool.pids[0], signal.SIGKILL)
    outcomes = await call
    assert_own_score("please sleep 0.5", outcomes[0])
    assert_own_score("neighbour", outcomes[1])


async def test_a_stopped_child_counts_as_hung(pools: Pools) -> None:
    events: list[E] = []
    pool = await pools(timeout_s=1.0, on_event=events.append)
    os.kill(pool.pids[0], signal.SIGSTOP)
    [outcome] = await pool.score(["after the stop"])
    assert_own_score("after the stop", outcome)
    assert events == [E.READY, E.TIMEOUT, E.READY]


@pytest.mark.parametrize(
    ("factory", "why"),
    [
        ("never", "made to be unavailable"),
        ("fails_to_load", "RuntimeError"),
        ("bad_at_once", "BadScoreError"),
        ("missing", "python:package.module:factory"),
    ],
)
async def test_a_model_that_can_not_load_is_said_and_not_raised(
    pools: Pools, factory: str, why: str
) -> None:
    pool = await pools(factory, ready=False)
    await until(lambda: pool.failure is not None)
    assert why in pool.failure
    assert "some detail" not in pool.failure
    assert not pool.ready
    assert await pool.score(["a", "b"], timeout_s=0.1) == [Unscored(R.UNAVAILABLE)] * 2


async def test_a_model_that_hangs_while_loading_is_killed(pools: Pools) -> None:
    pool = await pools("hangs_to_load", ready=False, start_timeout_s=1.0, timeout_s=0.1)
    assert await pool.score(["a"]) == [Unscored(R.UNAVAILABLE)]
    await until(lambda: pool.failure is not None)
    assert "not ready in 1 s" in pool.failure


async def test_a_model_that_appears_later_is_found(
    pools: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[E] = []
    monkeypatch.setenv("FAULTY_LOADS", str(tmp_path / "here"))
    pool = await pools("crashes_once", ready=False, on_event=events.append)
    await until(lambda: E.START_FAILED in events)
    assert pool.failure == "the scorer's process ended while loading"
    (tmp_path / "here").touch()
    [outcome] = await pool.score(["a"])
    assert_own_score("a", outcome)
    assert pool.failure is None


async def test_a_suspect_is_not_kept_waiting_for_a_model_that_is_gone(
    pools: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAULTY_LOADS", str(tmp_path / "here"))
    (tmp_path / "here").touch()
    pool = await pools("crashes_once", start_timeout_s=100 * PATIENCE_S)
    (tmp_path / "here").unlink()
    async with asyncio.timeout(PATIENCE_S):
        assert await pool.score(["please crash"]) == [Unscored(R.CRASHED)]
    assert not pool.ready


async def test_a_suspect_of_a_call_that_has_given_up_is_not_tried_again(pools: Pools) -> None:
    events: list[E] = []
    pool = await pools("slow_to_load", on_event=events.append)
    assert await pool.score(["please crash"], timeout_s=1.0) == [Unscored(R.CRASHED)]
    [outcome] = await pool.score(["next"])
    assert_own_score("next", outcome)
    assert events == [E.READY, E.CRASHED, E.READY]


@pytest.mark.parametrize(
    ("program", "why"), [("/no/such/python", "no process for the scorer"), (None, "TypeError")]
)
async def test_a_child_that_can_not_even_be_started_is_said(
    pools: Pools, monkeypatch: pytest.MonkeyPatch, program: str | None, why: str
) -> None:
    monkeypatch.setattr(running, "_COMMAND", (program,))
    pool = await pools(ready=False)
    await until(lambda: pool.failure is not None)
    assert why in pool.failure


async def test_the_child_takes_no_module_from_the_working_directory(
    pools: Pools, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "psutil.py").write_text("raise SystemExit")
    (tmp_path / "json.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    [outcome] = await (await pools()).score(["a"])
    assert_own_score("a", outcome)


async def test_a_child_is_recycled_after_its_share_and_readiness_holds(pools: Pools) -> None:
    events: list[E] = []
    pool = await pools(max_texts=3, on_event=events.append)
    texts = [f"text {number}" for number in range(10)]
    call = asyncio.create_task(pool.score(texts))
    while not call.done():
        assert pool.ready
        await asyncio.sleep(0.01)
    for text, outcome in zip(texts, await call, strict=True):
        assert_own_score(text, outcome)
    assert events.count(E.RECYCLED) == 2  # four texts, or what is left, go together


async def test_a_leak_gets_its_child_replaced_and_no_text_is_lost(pools: Pools) -> None:
    events: list[E] = []
    pool = await pools(max_rss_mb=150, on_event=events.append)
    texts = [f"please leak {number}" for number in range(20)]
    for text, outcome in zip(texts, await pool.score(texts), strict=True):
        assert_own_score(text, outcome)
    # Between two texts, unless it was weighed just while it had one.
    assert {E.RECYCLED, E.OVERSIZED} & set(events)


async def test_a_text_that_eats_memory_is_stopped(pools: Pools) -> None:
    events: list[E] = []
    pool = await pools(max_rss_mb=300, timeout_s=PATIENCE_S, on_event=events.append)
    outcomes = await pool.score(["please devour", "neighbour"])
    assert outcomes[0] == Unscored(R.CRASHED)
    assert_own_score("neighbour", outcomes[1])
    assert events.count(E.OVERSIZED) == 2


async def test_a_limit_below_the_model_is_a_fault_of_the_settings(pools: Pools) -> None:
    pool = await pools(ready=False, max_rss_mb=1)
    await until(lambda: pool.failure is not None)
    assert "over its limit of 1" in pool.failure
