"""Which texts a child is given next: long ones leave room for short ones and get their turn."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from moderation.domain.scores import Unscored, UnscoredReason
from moderation.scoring import jobs as texts
from moderation.scoring.jobs import LONG, TOGETHER, Job, JobQueue

LONG_TEXT = "a" * LONG


def alive() -> asyncio.Future[int]:
    """Return the future of a child that has not ended."""
    return asyncio.get_running_loop().create_future()


async def soon(queue: JobQueue) -> Sequence[Job]:
    async with asyncio.timeout(5):
        return await queue.next(alive())


async def nothing_yet(queue: JobQueue) -> asyncio.Task[list[Job]]:
    """Return a child's wait for texts, having seen that it is given none."""
    waiting = asyncio.create_task(queue.next(alive()))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    return waiting


async def test_long_texts_leave_a_child_to_the_short_ones() -> None:
    queue = JobQueue(takers=2)
    first, second, short = queue.add([LONG_TEXT, LONG_TEXT, "short"])
    assert await soon(queue) == [first]
    assert await soon(queue) == [short]
    waiting = await nothing_yet(queue)
    late = queue.add(["late"])
    assert await waiting == late
    waiting = await nothing_yet(queue)
    queue.finished([first])
    assert await waiting == [second]


async def test_a_long_text_that_waited_takes_the_last_child(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(texts, "LONG_WAITS_S", 0.05)
    queue = JobQueue(takers=2)
    first, second, *_ = queue.add([LONG_TEXT, LONG_TEXT, "short"])
    assert await soon(queue) == [first]
    await asyncio.sleep(0.06)
    assert await soon(queue) == [second]
    third = queue.add([LONG_TEXT])
    assert [job.text for job in await soon(queue)] == ["short"]
    assert await soon(queue) == third  # nothing comes or ends: the time alone wakes the child


async def test_an_only_child_takes_texts_as_they_came() -> None:
    queue = JobQueue(takers=1)
    jobs = queue.add([LONG_TEXT, "short", LONG_TEXT])
    for job in jobs:
        assert await soon(queue) == [job]
        queue.finished([job])


async def test_a_few_short_texts_go_together_and_leave_others_their_part() -> None:
    queue = JobQueue(takers=2)
    jobs = queue.add(["short"] * (2 * TOGETHER))
    assert await soon(queue) == jobs[:TOGETHER]
    assert await soon(queue) == jobs[TOGETHER : TOGETHER + 2]


async def test_who_gave_up_is_forgotten_and_a_lost_child_is_given_nothing() -> None:
    queue = JobQueue(takers=1)
    gone, left = queue.add(["gone"]), queue.add([LONG_TEXT])
    queue.close(gone)
    assert gone[0].outcome.result() == Unscored(UnscoredReason.UNAVAILABLE)
    assert await soon(queue) == left
    lost = alive()
    waiting = asyncio.create_task(queue.next(lost))
    await asyncio.sleep(0)
    lost.set_result(-9)
    assert await waiting == []
    assert await queue.next(lost) == []
