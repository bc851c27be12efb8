"""The service as an operator runs it: one server, and api, workers and notifier apart from it."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from moderation.store.embedded import EmbeddedServer
from tests.acceptance.driver.checker import Breach
from tests.acceptance.driver.roles import RoleProcess
from tests.acceptance.driver.site import Site
from tests.servers import free_port

# Shorter than the defaults, so that what a kill leaves behind is taken up within the run.
_CONFIGURATION = """\
[scorer]
spec = {scorer}
processes = 1
timeout_s = 5.0

[worker]
lease_s = 10.0
heartbeat_s = 2.0

[callbacks]
backoff_s = [0.5, 1.0, 2.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0]
allow_private_hosts = [{receiver}]

[sites.{name}]
webhook_secrets = [{webhook_secret}]
callback_secrets = [{callback_secret}]
callback_origins = [{origin}]

[[sites.{name}.api_keys]]
name = "cms"
key = {api_key}
scopes = ["submit"]
"""


class Deployment:
    """One server and its roles in `directory`; `origin` is where the site's receiver listens."""

    def __init__(
        self, directory: Path, site: Site, origin: str, *, workers: int, scorer: str
    ) -> None:
        self._server = EmbeddedServer(directory / "data")
        self._configuration = directory / "moderation.toml"
        _write_configuration(self._configuration, site, origin, scorer)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        names = ["api-1", *(f"worker-{n}" for n in range(1, workers + 1)), "notifier-1"]
        self.roles = [
            RoleProcess(
                name,
                [*self._arguments(name), "--port", str(port)],
                free_port(),
                directory / f"{name}.log",
            )
            for name in names
        ]

    def _arguments(self, name: str) -> list[str]:
        return ["--role", name.partition("-")[0], "--config", str(self._configuration)]

    async def start(self) -> None:
        """Start everything and wait until it is ready. Raises NotReadyError."""
        environ = os.environ | {"REDIS_URL": await self._server.start()}
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            for role in self.roles:
                await role.start(environ)
            await asyncio.gather(*(role.ready(session) for role in self.roles))

    async def stop(self) -> None:
        """End everything, the server last."""
        await asyncio.gather(*(role.stop() for role in self.roles))
        await self._server.stop()

    def kill(self, target: str) -> bool:
        """End one process of a kind with SIGKILL; False when none is there just now."""
        if target == "server":
            if (pid := self._server.pid) is None:
                return False
            os.kill(pid, signal.SIGKILL)
            return True
        kind = [role for role in self.roles if role.name.startswith(target)]
        return random.choice(kind).kill()

    @property
    def faults(self) -> list[Breach]:
        """Ends of processes that nobody asked for."""
        return [Breach("ended", role.name, fault) for role in self.roles for fault in role.faults]


@asynccontextmanager
async def deployed(
    directory: Path, site: Site, origin: str, *, workers: int, scorer: str
) -> AsyncIterator[Deployment]:
    """Run a deployment; whatever happens, it is ended."""
    deployment = Deployment(directory, site, origin, workers=workers, scorer=scorer)
    try:
        await deployment.start()
        yield deployment
    finally:
        await deployment.stop()


def _write_configuration(path: Path, site: Site, origin: str, scorer: str) -> None:
    values = {
        "scorer": scorer,
        "receiver": urlsplit(origin).netloc,
        "webhook_secret": site.webhook_secret,
        "callback_secret": site.callback_secret,
        "origin": origin,
        "api_key": site.api_key,
    }
    quoted = {name: json.dumps(value) for name, value in values.items()}
    path.touch(mode=0o600)
    path.write_text(_CONFIGURATION.format(name=site.name, **quoted), encoding="utf-8")
