"""docs/deploying.md, secrets: the server's password is replaced while the service runs on."""

from __future__ import annotations

import signal
from pathlib import Path

import redis

from tests.deploy.parts import sent
from tests.program import calling, configuration, probe, program
from tests.servers import redis_server
from tests.service_kit import until


async def test_the_servers_password_is_replaced_without_a_gap(tmp_path: Path) -> None:
    words = ("--config", str(configuration(tmp_path)))
    (tmp_path / "server").mkdir()
    with redis_server(tmp_path / "server", requirepass="old") as port:
        old, new = (f"redis://:{word}@127.0.0.1:{port}" for word in ("old", "new"))
        async with (
            calling("k" * 32) as caller,
            program(tmp_path, *words, lines=2, REDIS_URL=old) as before,
        ):
            made = await sent(caller, before.api, "you are an idiot")
            with redis.Redis(port=port, password="old") as server:
                server.execute_command("ACL", "SETUSER", "default", ">new")
            async with program(tmp_path, *words, lines=2, REDIS_URL=new) as after:
                await until(lambda: probe(after, "readyz"))
                assert (await caller.decided(before.api, made))["status"] == "decided"
                assert await before.end(signal.SIGTERM) == 0
                with redis.Redis(port=port, password="new") as server:
                    server.execute_command("ACL", "SETUSER", "default", "<old")
                made = await sent(caller, after.api, "you are an idiot")
                assert (await caller.decided(after.api, made))["status"] == "decided"
                assert await after.end(signal.SIGTERM) == 0
