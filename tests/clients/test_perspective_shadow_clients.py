"""Real clients through `moderation shadow-perspective`, and nothing of what they sent is left."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from moderation.domain.perspective_pair import Calls, Fate, Pair, read_line
from moderation.store.server_command import bound
from tests.clients.running import python
from tests.fakes.perspective import Perspective, perspective
from tests.service_kit import until

CANARY, KEY = "you are an idiot, said the zebra of Quillfeather", "AIza-key-of-the-canary"
_COMMAND = [sys.executable, "-m", "moderation", "shadow-perspective"]
_MILD = "python:tests.fakes.mild_scorer:make"


@dataclass
class Proxy:
    """The command as a process of its own; `said` and `logged` are whole once it has ended."""

    process: asyncio.subprocess.Process
    url: str
    ops: str
    directory: Path
    said: str = ""
    logged: str = ""

    async def metrics(self) -> str:
        async with aiohttp.ClientSession() as http, http.get(f"{self.ops}/metrics") as response:
            return await response.text()

    async def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        out, err = await self.process.communicate()
        self.said += out.decode()
        self.logged = err.decode()
        assert self.process.returncode is not None
        return self.process.returncode

    def kept(self) -> list[Pair | Calls | None]:
        file = self.directory / "perspective-shadow.jsonl"
        return [read_line(line) for line in file.read_bytes().splitlines()]


@asynccontextmanager
async def proxying(
    directory: Path, there: Perspective, *options: str, scorer: str = _MILD
) -> AsyncIterator[Proxy]:
    chosen = {"MODERATION_SCORER__SPEC": scorer, "MODERATION_SCORER__PROCESSES": "1"}
    process = await asyncio.create_subprocess_exec(
        *bound([*_COMMAND, "--upstream", there.url, "--data", str(directory),
                "--port", "0", "--ops-port", "0", *options]),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **chosen},
        stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    assert process.stdout
    try:
        said = [(await process.stdout.readline()).decode() for _ in range(2)]
        ops, url = said[0].split()[3], said[1].split()[-1]
        yield Proxy(process, url.removesuffix("/v1alpha1/comments:analyze"),
                    ops.removesuffix("/metrics"), directory, "".join(said))  # fmt: skip
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def left_in(directory: Path) -> list[str]:
    """Return what stands in all files."""
    found = [path.read_text() for path in directory.rglob("*") if path.is_file()]
    assert found
    return found


@pytest.fixture
async def there() -> AsyncIterator[Perspective]:
    async with perspective() as fake:
        yield fake


async def test_googles_own_library_and_what_is_left_of_its_calls(
    there: Perspective, tmp_path: Path
) -> None:
    program = """
import json, os
from googleapiclient import discovery, errors
service = discovery.build("commentanalyzer", "v1alpha1", developerKey=os.environ["KEY"],
    discoveryServiceUrl=os.environ["URL"] + "/$discovery/rest?version=v1alpha1",
    static_discovery=False)
def asked(text, **more):
    return service.comments().analyze(body={"comment": {"text": text},
        "requestedAttributes": {"TOXICITY": {}, "INSULT": {}}, **more})
found = [asked(os.environ["TEXT"]).execute(), asked(os.environ["TEXT"], doNotStore=True).execute()]
try:
    asked("").execute()
except errors.HttpError as error:
    found.append([error.status_code, error.error_details[0]["errorType"]])
print(json.dumps(found))
"""
    async with proxying(tmp_path / "data", there) as proxy:
        one, other, refused = await python(
            "google-api-python-client==2.202.0", program, URL=proxy.url, KEY=KEY, TEXT=CANARY
        )
        assert one == other
        assert one["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.9120001
        assert refused == [400, "COMMENT_EMPTY"]
        assert all(KEY in target for _, target, _, _ in there.calls)

        async def compared() -> bool:
            return 'result="compared"} 1.0' in await proxy.metrics()

        await until(compared)
        seen = await proxy.metrics()
        assert await proxy.end() == 0
    pair, calls = proxy.kept()
    assert isinstance(pair, Pair)
    assert pair.scores == {"TOXICITY": (912, 950), "INSULT": (912, 100)}
    assert isinstance(calls, Calls)
    assert calls.count == {Fate.COMPARED: 1, Fate.DO_NOT_STORE: 1, Fate.REFUSED: 1}
    for found in (seen, proxy.said, proxy.logged, *left_in(tmp_path)):
        assert "zebra" not in found
        assert "canary" not in found
    assert "calls passed on" in proxy.logged


async def test_perspective_of_pypi_when_perspective_is_away(
    there: Perspective, tmp_path: Path
) -> None:
    program = """
import json, os
from perspective.perspective import PerspectiveAPI
client = PerspectiveAPI(os.environ["KEY"])
client.api_client.url = os.environ["URL"] + "/v1alpha1/{endpoint}"
try:
    print(json.dumps(client.score(os.environ["TEXT"], tests=["TOXICITY"])))
except Exception as error:
    print(json.dumps(type(error).__name__))
"""
    there.status = 502
    for options, expected in ((["--fallback", "own"], {"TOXICITY": 0.95}), ([], "HTTPError")):
        async with proxying(tmp_path / str(len(options)), there, *options) as proxy:

            async def ready(proxy: Proxy = proxy) -> bool:
                return 'scorer_events_total{event="ready"} 1.0' in await proxy.metrics()

            await until(ready)
            found = await python("perspective==1.0.3", program, URL=proxy.url, KEY=KEY, TEXT=CANARY)
            assert found == expected
            assert await proxy.end() == 0
        (calls,) = proxy.kept()
        assert isinstance(calls, Calls)
        assert calls.count == {Fate.OWN if options else Fate.FAILED: 1}
        assert "zebra" not in proxy.logged
        assert "canary" not in proxy.logged
