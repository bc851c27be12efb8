"""Pools of the faulty scorer, in real child processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from moderation.scoring.supervisor import ScorerPool
from tests.unit.scoring.checks import PATIENCE_S, Pools


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a child import `tests.fakes`."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))


@pytest.fixture
async def pools() -> AsyncIterator[Pools]:
    """Starts pools, and afterwards checks that no child of theirs outlived them."""
    async with AsyncExitStack() as stack:

        async def start(factory: str = "make", *, ready: bool = True, **options: Any) -> ScorerPool:
            spec = f"python:tests.fakes.faulty_scorer:{factory}"
            pool = ScorerPool(spec, **{"start_timeout_s": PATIENCE_S, **options})
            await pool.start()
            stack.push_async_callback(pool.stop)
            if ready:
                assert await pool.wait_ready(PATIENCE_S), pool.failure
            return pool

        yield start
    children = psutil.Process().children()
    assert not [child for child in children if "moderation.scoring.child" in child.cmdline()]
