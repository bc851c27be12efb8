"""A real service under a real Prometheus with the rules of deploy/, and a newsroom's day in small.

The scorer is the tests' own; it fails where a text asks for it. Everything listens on loopback and
ends with the run.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tests.ops.prometheus import Prometheus, prometheus
from tests.program import Caller, Program, calling, configuration, program
from tests.receiver import Receiver, receiving
from tests.requirements import require

_PASSWORD = "correct horse battery"
_KEY = "k" * 32
_PERSON = {"id": "u-1", "name": "Ada"}


async def _sometimes(number: int) -> web.Response:
    return web.Response(status=500 if number % 4 == 0 else 204)


@dataclass
class Newsroom:
    """`prometheus` watches it. `page`: a client that is signed in as a moderator."""

    running: Program
    prometheus: Prometheus
    caller: Caller
    receiver: Receiver
    page: aiohttp.ClientSession
    csrf: str = ""
    count: int = 0

    async def submit(self, text: str, wait: int = 5) -> dict[str, Any]:
        """Submit a comment; return its answer."""
        self.count += 1
        body = {"text": text, "external_id": f"comment-{self.count}"}
        url = f"{self.running.api}/v1/comments"
        status, answer = await self.caller.post(url, body, Prefer=f"wait={wait}")
        assert status in {200, 202}, answer
        return answer

    async def round(self) -> None:
        """Let a few comments come, some of them fail, and people decide on what is held."""
        texts = [f"a fine day, number {self.count + n}" for n in range(12)]
        texts += ["a fine day once more", "please raise an error"]
        answers = await asyncio.gather(*map(self.submit, texts))
        held = [one for one in answers if one["decision"] == "hold"]
        await self.decide_on_the_page()
        for one in held[:1]:
            await self.change_ones_mind(one)
        async with self.page.post(
            "/login", data={"name": "ada", "password": "not it"}, headers={"Origin": self.own}
        ) as response:
            assert response.status in {403, 429}

    @property
    def own(self) -> str:
        """The page's origin."""
        return self.running.api

    async def decide_on_the_page(self) -> None:
        """Take the queue up as a moderator and approve two of it."""
        async with self.page.get("/") as response:
            found = await response.text()
        self.csrf = self.csrf or re.findall(r'name="csrf" content="([^"]+)"', found)[0]
        cards = re.findall(r'id="(c_[0-9a-f]{32})" tabindex="0" data-version="(\d+)"', found)
        assert cards, "no card in the queue"
        headers = {"Origin": self.own, "X-CSRF-Token": self.csrf}
        for comment, version in cards[:2]:
            said = {"id": comment, "version": int(version), "decision": "approve", "site": "news"}
            async with self.page.post("/review/decide", json=said, headers=headers) as response:
                assert response.status in {200, 412}, await response.text()

    async def change_ones_mind(self, one: dict[str, Any]) -> None:
        """Reject twice, the second time on what has changed; reverse it twice; then an appeal."""
        stale = one["version"]
        await self._decide(one["id"], "reject", stale)
        await self._decide(one["id"], "reject", stale)
        for decision in ("approve", "reject"):
            await self._decide(one["id"], decision, await self._version(one["id"]))
        url = f"{self.running.api}/v1/comments/{one['id']}/appeal"
        status, answer = await self.caller.post(url, {"text": "I meant it kindly"})
        assert status in {200, 202}, answer

    async def _version(self, comment: str) -> int:
        _, body = await self.caller.get(f"{self.running.api}/v1/comments/{comment}")
        return int(json.loads(body)["version"])

    async def _decide(self, comment: str, decision: str, version: int) -> None:
        url = f"{self.running.api}/v1/comments/{comment}/decision"
        said = {"decision": decision, "actor": _PERSON}
        if decision == "reject":
            said |= {"reason": "insult"}
        status, answer = await self.caller.post(url, said, **{"If-Match": f'"{version}"'})
        assert status in {200, 412}, answer

    async def shows_data(self, expr: str) -> bool:
        """Return whether an expression has a number to show."""
        found = await self.prometheus.ask(expr)
        return any(not math.isnan(float(one["value"][1])) for one in found)


async def welcomed(page: aiohttp.ClientSession, api: str, *words: str, **environ: str) -> None:
    """Make an account by the command, given how to find the store, and sign in by its link."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "moderation", "people", "add", "ada", "--link", *words,
        stdout=PIPE, env=os.environ | environ,
    )  # fmt: skip
    said, _ = await process.communicate()
    place = re.findall(r"/welcome/\S+", said.decode())[0]
    fields = {"password": _PASSWORD, "again": _PASSWORD}
    async with page.post(place, data=fields, headers={"Origin": api}) as response:
        assert response.status == 200, response.status


@asynccontextmanager
async def newsroom(directory: Path) -> AsyncIterator[Newsroom]:
    """Run all of it: a service that was killed with comments in hand and started again."""
    require("prometheus")
    async with receiving(_sometimes) as receiver, calling(_KEY) as caller:
        config = ("--config", str(configuration(directory, callback_url=receiver.url)))
        start = partial(
            program, directory, *config, lines=2,
            MODERATION_CALLBACKS__ALLOW_PRIVATE_HOSTS=json.dumps([f"127.0.0.1:{receiver.port}"]),
        )  # fmt: skip
        async with start() as lost:
            await caller.post(f"{lost.api}/v1/comments", {"text": "please sleep 1.5"})
            await asyncio.sleep(0.3)
            await lost.end(signal.SIGKILL)
        jar = aiohttp.CookieJar(unsafe=True)  # an address of numbers has cookies too
        async with (
            start() as running,
            prometheus(directory, {"all": [running.ops]}) as watching,
            aiohttp.ClientSession(running.api, cookie_jar=jar) as page,
        ):
            here = Newsroom(running, watching, caller, receiver, page)
            await welcomed(page, running.api, "--data", str(directory / "data"), *config)
            yield here
