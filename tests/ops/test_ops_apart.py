"""The service's page of an api whose workers run elsewhere: over one server and over a cluster."""

from __future__ import annotations

import re
import signal
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import aiohttp
import pytest

from tests.ops.newsroom import welcomed
from tests.program import Program, calling, configuration, program
from tests.service_kit import texts, until

Shown = Callable[[], Awaitable[dict[str, str]]]


def started(directory: Path, name: str, url: str) -> AbstractAsyncContextManager[Program]:
    """Start a role in a directory of its own."""
    own = directory / name
    own.mkdir()
    role = ("--config", str(directory / "moderation.toml"), "--role", name)
    return program(own, *role, lines=2 if name == "api" else 1, REDIS_URL=url)


def shown_on(page: aiohttp.ClientSession) -> Shown:
    """Return what asks for the page's figures, by their names."""

    async def shown() -> dict[str, str]:
        async with page.get("/ops") as response:
            assert response.status == 200
            return dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", await response.text()))

    return shown


async def when(shown: Shown, name: str, figure: str) -> dict[str, str]:
    """Return the figures once one of them is so; gauges follow by seconds."""
    found: dict[str, str] = {}

    async def is_so() -> bool:
        found.update(await shown())
        return found[name] == figure

    await until(is_so)
    return found


@pytest.fixture(params=["redis_server_url", "cluster_url"])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


async def test_it_tells_of_workers_that_it_has_not_itself(tmp_path: Path, url: str) -> None:
    config, jar = configuration(tmp_path), aiohttp.CookieJar(unsafe=True)
    async with (
        started(tmp_path, "api", url) as api,
        calling("k" * 32) as caller,
        aiohttp.ClientSession(api.api, cookie_jar=jar) as page,
    ):
        await welcomed(page, api.api, "--config", str(config), REDIS_URL=url)
        shown = shown_on(page)
        sent = {"text": texts(1, held=True)[0], "external_id": "1"}
        await caller.post(f"{api.api}/v1/comments", sent)
        waiting = await when(shown, "in the queue", "1")
        async with started(tmp_path, "worker", url) as worker:
            held = await when(shown, "held for a person", "1")
            await worker.end(signal.SIGTERM)
        stopped = await shown()
    assert waiting["workers"] == "0"
    assert (held["in the queue"], held["workers"]) == ("0", "1")
    assert (stopped["workers"], stopped["model"]) == ("0", "none in this process")
