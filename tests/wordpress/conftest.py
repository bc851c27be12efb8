"""One WordPress for all tests here, and a service of its own for each."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.program import Caller, calling, configuration, probe, program
from tests.servers import free_port
from tests.service_kit import SECRET, until
from tests.wordpress.site import WordPress, wordpress

_KEY = "k" * 32


@dataclass(frozen=True)
class Newsroom:
    """A running service, asked with a key that has all scopes."""

    api: str
    caller: Caller

    async def found(self, name: str) -> dict[str, Any]:
        """Return the answer on a comment by WordPress' name of it."""
        async with self.caller.http.get(
            f"{self.api}/v1/comments", params={"external_id": name}
        ) as answer:
            assert answer.status in {200, 202}, await answer.text()
            return dict(await answer.json())

    async def decide(self, name: str, decision: str, reason: str | None = None) -> None:
        """Decide as a moderator of the service."""
        now = await self.found(name)
        said = {"decision": decision, "actor": {"id": "m-2", "name": "Eve"}, "reason": reason}
        status, answer = await self.caller.post(
            f"{self.api}/v1/comments/{now['id']}/decision",
            said,
            **{"If-Match": f'"{now["version"]}"'},
        )
        assert status == 200, answer


class Start(Protocol):
    """Runs the service on the port that WordPress was told of, over the same data each time."""

    def __call__(self) -> AbstractAsyncContextManager[Newsroom]: ...


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPress]:
    with wordpress(tmp_path_factory.mktemp("wordpress")) as running:
        yield running


@pytest.fixture
def start(site: WordPress, tmp_path: Path) -> Start:
    """Point WordPress to a service that is not there yet; what starts it."""
    port = free_port()
    site.set(address=f"http://127.0.0.1:{port}", key=_KEY, secret=SECRET)
    site.php("delete_option('comment_moderation_cursor');")
    config = configuration(tmp_path, callback_url=site.callback_url)
    environ = {
        "MODERATION_CALLBACKS__ALLOW_PRIVATE_HOSTS": f'["{site.url.removeprefix("http://")}"]',
        "MODERATION_CALLBACKS__BACKOFF_S": str([0.3] * 9),
        "MODERATION_SCORER__TIMEOUT_S": "60",  # a text may take its time here
        "MODERATION_WORKER__LEASE_S": "120",
    }

    @asynccontextmanager
    async def started() -> AsyncIterator[Newsroom]:
        arguments = ("--config", str(config), "--port", str(port))
        async with (
            program(tmp_path, *arguments, lines=2, **environ) as running,
            calling(_KEY) as caller,
        ):
            await until(lambda: probe(running, "readyz"))
            yield Newsroom(running.api, caller)
            await running.end(signal.SIGTERM)  # killed, it would hold callbacks until a lease ends

    return started
