"""What the tests of the pool share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from moderation.domain.scores import ModelInfo, Outcome, Scored
from tests.fakes.faulty_scorer import expected

#: Long enough for a loaded machine, far shorter than "for ever".
PATIENCE_S = 60.0

#: The `pools` fixture: an awaitable call with the faulty scorer's factory and the pool's options.
Pools = Callable[..., Any]


def assert_own_score(text: str, outcome: Outcome) -> None:
    assert isinstance(outcome, Scored), outcome
    assert outcome.scores == expected(text)
    assert outcome.model == ModelInfo("faulty", "1")
    assert outcome.seconds >= 0


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - what is awaited has no event to set
            await asyncio.sleep(0.01)
