"""The service as it is run: all roles in one process, or apart over one server."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from moderation.store.embedded import EmbeddedServer
from moderation.store.server_socket import find_running
from tests import service_kit as kit
from tests.program import Program, calling, configuration, probe, program
from tests.receiver import receiving
from tests.service_kit import service, until

#: What a service with all roles says at its start.
ALL_LINES = 6
TEXTS = ["please sleep 0.5 you idiot", *kit.texts(20)]


async def pasted(running: Program) -> dict[str, Any]:
    """Send what the service offers to paste, and return the answer."""
    url, headers, body = running.offered()
    async with calling() as caller:
        status, answer = await caller.post(url, json.loads(body), **headers)
    assert status == 200
    return answer


def credentials(directory: Path) -> dict[str, str]:
    """Return the secrets of a first start."""
    path = directory / "data" / "credentials.json"
    assert path.stat().st_mode & 0o777 == 0o600
    return dict(json.loads(path.read_text()))


async def choose_password(link: str) -> None:
    """Redeem a one-time link, as its form does."""
    form = {"password": "a fine day in may", "again": "a fine day in may"}
    headers = {"Origin": link.partition("/welcome/")[0]}
    async with (
        aiohttp.ClientSession(headers=headers) as browser,
        browser.post(link, data=form, allow_redirects=False) as answer,
    ):
        assert answer.status == 303, await answer.text()


async def test_a_first_start_says_where_it_is_and_answers_what_it_offers(tmp_path: Path) -> None:
    async with program(tmp_path, lines=ALL_LINES) as running, calling() as caller:
        for name in ("livez", "readyz", "startupz"):
            await until(lambda name=name: probe(running, name))
        answer = await pasted(running)
        assert answer["status"] == "decided"
        assert answer["model"] == {"name": "faulty", "version": "1"}
        assert "made the site `default`" in running.said[2]
        secrets = credentials(tmp_path)
        assert secrets["api_key"] in running.said[-1]
        welcome = running.said[3].split()[1]
        assert welcome.startswith(f"http://localhost:{running.api.rpartition(':')[2]}/welcome/p_")
        assert (await caller.get(welcome))[0] == 200
        _, metrics = await caller.get(f"{running.ops}/metrics")
        assert 'moderation_decisions_total{outcome="' in metrics
        assert (await caller.get(f"{running.api}/openapi.json"))[0] == 200
        assert await running.end(signal.SIGTERM) == 0
    assert running.events()[-2:] == ["draining", "stopped"]
    assert find_running(tmp_path / "data") is None
    logged = "".join(running.logged)
    assert not any(secret in logged for name, secret in secrets.items() if name != "site")
    assert welcome.rpartition(".")[2] not in logged

    async with program(tmp_path, lines=ALL_LINES) as running, calling() as caller:
        assert "using the site `default`" in running.said[2]
        again = running.said[3].split()[1]
        assert again.rpartition("/")[2].split(".")[0] == welcome.rpartition("/")[2].split(".")[0]
        assert again != welcome
        assert (await pasted(running))["external_id"] is None
        await choose_password(again)
        assert await running.end(signal.SIGINT) == 0

    async with program(tmp_path, lines=ALL_LINES) as running:
        page = running.said[3].split()[1]
        assert page == f"http://localhost:{running.api.rpartition(':')[2]}/"


async def test_killed_as_a_whole_it_has_lost_nothing_that_it_accepted(tmp_path: Path) -> None:
    async with program(tmp_path, lines=ALL_LINES) as running:
        key = credentials(tmp_path)["api_key"]
        children = psutil.Process(running.process.pid).children(recursive=True)
        async with calling(key) as caller:
            ids = [await submitted(caller, running, at) for at in range(len(TEXTS))]
        assert await running.end(signal.SIGKILL) == -signal.SIGKILL
        assert children
        await until(lambda: not any(child.is_running() for child in children))
    async with program(tmp_path, lines=ALL_LINES) as running, calling(key) as caller:
        for comment in ids:
            answer = await caller.decided(running.api, comment)
            assert answer["decided_by"] == "model"
            assert answer["version"] == 2
        assert await submitted(caller, running, 1) == ids[1]


async def submitted(caller: Any, running: Program, at: int) -> str:
    body = {"text": TEXTS[at], "external_id": str(at)}
    status, answer = await caller.post(f"{running.api}/v1/comments", body)
    assert status in {200, 202}
    return str(answer["id"])


async def test_roles_apart_and_a_killed_worker_s_work_is_taken_over(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "server")
    try:
        async with receiving() as hook:
            config = configuration(tmp_path, callback_url=hook.url)
            role = ("--config", str(config), "--role")
            environ = {
                "REDIS_URL": await server.start(),
                "MODERATION_CALLBACKS__ALLOW_PRIVATE_HOSTS": f'["127.0.0.1:{hook.port}"]',
            }
            async with (
                service(environ["REDIS_URL"]) as s,
                program(tmp_path, *role, "worker", lines=1, **environ) as lost,
                program(tmp_path, *role, "notifier", lines=1, **environ),
                program(tmp_path, *role, "api", lines=2, **environ) as api,
                calling("k" * 32) as caller,
            ):
                await until(lambda: probe(lost, "readyz"))
                sent = (submitted(caller, api, at) for at in range(len(TEXTS)))
                ids = await asyncio.gather(*sent)
                await until(s.has_in_hand)
                assert await lost.end(signal.SIGKILL) == -signal.SIGKILL
                async with program(tmp_path, *role, "worker", lines=1, **environ) as successor:
                    for answer in await s.decided(ids):
                        assert answer["decided_by"] == "model"
                        assert len(await s.trail(answer["id"])) == 2
                    await until(lambda: {call.comment for call in hook.accepted} == set(ids))
                    assert await successor.end(signal.SIGTERM) == 0
    finally:
        await server.stop()
