"""A thousand comments through one page: the trail is exactly what was done there.

`python -m tests.browser.day` takes more, and comments of a file.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.driver.texts import mild_comments
from tests.browser.day import day
from tests.browser.kit import desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEED, COUNT = 1, 1000


async def test_the_trail_is_what_a_scripted_moderator_did(tmp_path: Path):
    texts = [one.text for one in mild_comments(COUNT, SEED)]
    async with desk(tmp_path) as running:
        moderator, wrong = await day(running, texts, SEED)
        assert wrong == []
        assert min(moderator.counts[act] for act in ("many", "undo", "skip", "escalate")) > 0
        running.submitted.clear()  # the service goes with its store
        await running.end()
