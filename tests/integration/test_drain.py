"""SIGTERM under load: what was accepted is kept, who waits is answered, and the end is clean."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import aiohttp

from tests.integration.test_app import ALL_LINES, credentials
from tests.program import Caller, Program, calling, program
from tests.service_kit import until


class Load:
    """Callers that submit one comment after another; `kept`: those that got a 2xx."""

    def __init__(self, caller: Caller, running: Program) -> None:
        self._caller = caller
        self._url = f"{running.api}/v1/comments"
        self.kept: dict[str, str] = {}
        self.statuses: set[int] = set()

    async def send(self, name: str) -> None:
        """Submit until the service can't be reached."""
        for number in range(10_000):
            text = f"a fine day, says {name} for the {number}th time"
            try:
                status, answer = await self._caller.post(self._url, {"text": text}, Prefer="wait=1")
            except (aiohttp.ClientError, OSError):
                return
            self.statuses.add(status)
            if status in {200, 202}:
                self.kept[answer["id"]] = text


async def test_a_2xx_outlives_a_stop_under_load(tmp_path: Path) -> None:
    async with program(tmp_path, lines=ALL_LINES) as running:
        key = credentials(tmp_path)["api_key"]
        async with calling(key) as caller:
            load = Load(caller, running)
            senders = [asyncio.create_task(load.send(f"caller {number}")) for number in range(8)]
            await until(lambda: len(load.kept) > 40)
            assert await running.end(signal.SIGTERM) == 0
            await asyncio.gather(*senders)
        assert load.statuses <= {200, 202, 503}
    assert "draining" in running.events()
    assert running.events()[-1] == "stopped"
    async with program(tmp_path, lines=ALL_LINES) as running, calling(key) as caller:
        for comment in load.kept:
            answer = await caller.decided(running.api, comment)
            assert (answer["version"], answer["decided_by"]) == (2, "model")


async def test_who_waits_for_a_decision_is_answered_before_the_end(tmp_path: Path) -> None:
    async with (
        program(tmp_path, lines=ALL_LINES) as running,
        calling(credentials(tmp_path)["api_key"]) as caller,
    ):
        sent = {"text": "please sleep 1 you idiot"}
        asked = asyncio.create_task(
            caller.post(f"{running.api}/v1/comments", sent, Prefer="wait=2")
        )
        await until(lambda: is_accepted(caller, running))
        ended = asyncio.create_task(running.end(signal.SIGTERM))
        status, answer = await asked
        assert (status, answer["status"]) in {(200, "decided"), (202, "pending")}
        assert await ended == 0


async def is_accepted(caller: Caller, running: Program) -> bool:
    _, body = await caller.get(f"{running.api}/v1/decisions?pending=1")
    return len(json.loads(body)["decisions"]) == 1
