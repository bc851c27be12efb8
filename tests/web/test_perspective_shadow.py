"""Perspective's answers passed on, scored beside, and kept: byte for byte, and never late."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.domain.perspective_pair import Calls, Fate, Pair, read_line
from moderation.services.direct import DirectScoring
from moderation.services.pair_file import PairFile
from moderation.services.scoring import LocalScoring
from moderation.settings import Settings
from moderation.telemetry import Metrics
from moderation.web.perspective.analyze import Analyzing
from moderation.web.perspective_shadow.beside import Beside
from moderation.web.perspective_shadow.routes import create_shadow
from moderation.web.perspective_shadow.upstream import upstream
from moderation.web.server import create_runner
from tests.fakes.perspective import Perspective, perspective
from tests.fakes.scripted_pool import ScriptedPool
from tests.service_kit import until

RUDE, KIND = "you are an idiot", "what a fine day"
ANALYZE = "/v1alpha1/comments:analyze"
KEY = "the-key-of-the-site"


@dataclass
class Proxy:
    """A running proxy, and what it kept once it ended."""

    url: str
    there: Perspective
    http: aiohttp.ClientSession
    file: Path
    beside: Beside
    metrics: Metrics

    async def ask(
        self, body: Any, path: str = ANALYZE, method: str = "POST", **headers: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **headers}
        async with self.http.request(
            method, f"{self.url}{path}?key={KEY}&alt=json", data=raw, headers=sent
        ) as response:
            return response.status, response.headers.copy(), await response.read()

    def kept(self) -> list[Pair]:
        found = map(read_line, self.file.read_bytes().splitlines())
        return [one for one in found if isinstance(one, Pair)]

    def met(self) -> Counter[str]:
        return Counter(
            {
                fate.value: n
                for fate in Fate
                if (n := int(self.metrics.perspective_shadow.labels(fate.value)._value.get()))
            }
        )

    async def compared(self, calls: int) -> None:
        async def are() -> bool:
            return self.met().total() >= calls

        await until(are)


@asynccontextmanager
async def proxying(
    tmp_path: Path, *, own: bool = False, at: str = "", timeout_s: float = 5.0, waiting: int = 100,
    most_bytes: int = 1_000_000, pool: Any = None, **beside: Any,
) -> AsyncIterator[Proxy]:  # fmt: skip
    chosen, metrics, scorers = Settings(), Metrics(), pool or ScriptedPool()
    path = tmp_path / "pairs.jsonl"
    file = PairFile(path, most_bytes)
    direct = DirectScoring(LocalScoring.sharing(scorers), chosen.direct)
    kept = Beside(
        scorers, file, metrics, aliases=chosen.perspective.aliases, waiting=waiting,
        **{"with_do_not_store": False, **beside},
    )  # fmt: skip
    async with (
        perspective() as fake,
        upstream(at or fake.url, timeout_s) as there,
        aiohttp.ClientSession(auto_decompress=False) as http,
    ):
        app = create_shadow(
            chosen, there, kept, metrics, draining=lambda: False,
            own=Analyzing(direct, chosen.perspective) if own else None,
        )  # fmt: skip
        runner = create_runner(app, drain_s=2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        task = asyncio.create_task(kept.run())
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield Proxy(url, fake, http, path, kept, metrics)
        await runner.cleanup()
        kept.stop()
        await task
    file.close()


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    async with proxying(tmp_path) as running:
        yield running


def asked(text: str, *names: str, **fields: Any) -> dict[str, Any]:
    attributes = {name: {} for name in names or ("TOXICITY",)}
    return {"comment": {"text": text}, "requestedAttributes": attributes, **fields}


@pytest.mark.parametrize("path", [ANALYZE, "/comments:analyze"])
async def test_call_and_answer_go_through_as_they_are(proxy: Proxy, path: str) -> None:
    raw = json.dumps(asked(RUDE, sessionId="s", brandNew=[1]), indent=3).encode()
    status, headers, body = await proxy.ask(raw, path, Referer="https://news.example/")
    method, target, sent, got = proxy.there.calls[0]
    assert (method, target, got) == ("POST", f"{ANALYZE}?key={KEY}&alt=json", raw)
    assert sent["Referer"] == "https://news.example/"
    assert sent["Host"] == proxy.there.url.removeprefix("http://")
    assert (status, gzip.decompress(body)) == (200, proxy.there.answers[0])
    assert headers["Content-Type"] == "application/json; charset=UTF-8"
    assert headers["Vary"] == "Origin"
    assert "Alt-Svc" not in headers, "it would lead clients past the proxy"


async def test_both_scores_are_kept_in_thousandths_and_what_is_not_served_too(proxy: Proxy) -> None:
    await proxy.ask(asked(RUDE, "TOXICITY", "FLIRTATION"), **{"Accept-Encoding": "identity"})
    await proxy.ask(asked(KIND, "PROFANITY@6"))
    await proxy.compared(2)
    first, second = proxy.kept()
    assert first.scores == {"TOXICITY": (912, 900), "FLIRTATION": (912, None)}
    assert second.scores == {"PROFANITY": (37, 10)}
    assert first.model == "scripted 1"


@pytest.mark.parametrize(
    ("body", "fate"),
    [
        (asked(RUDE, doNotStore=True), "do_not_store"),
        (asked("", "TOXICITY"), "refused"),
        (asked(RUDE) | {"requestedAttributes": {"TOXICITY": {"scoreThreshold": 0.5}}}, "threshold"),
        (asked(RUDE, spanAnnotations=[1]), "unreadable"),
    ],
)
async def test_what_can_not_be_compared_is_passed_on_and_counted(
    proxy: Proxy, body: dict[str, Any], fate: str
) -> None:
    status, _, answer = await proxy.ask(body)
    assert (status, gzip.decompress(answer)) == (400 if fate == "refused" else 200,
                                                 proxy.there.answers[0])  # fmt: skip
    await proxy.compared(1)
    assert proxy.met() == {fate: 1}
    assert proxy.kept() == []


async def test_scores_of_what_is_not_to_be_stored_are_kept_where_that_was_said(
    tmp_path: Path,
) -> None:
    async with proxying(tmp_path, with_do_not_store=True) as proxy:
        await proxy.ask(asked(RUDE, doNotStore=True))
        await proxy.compared(1)
        assert proxy.met() == {"compared": 1}


async def test_a_language_that_the_model_does_not_read_is_no_comparison(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moderation.domain.scores import ModelInfo
    from tests.fakes import scripted_pool

    monkeypatch.setattr(scripted_pool, "MODEL", ModelInfo("scripted", "1", ("en",)))
    async with proxying(tmp_path) as proxy:
        await proxy.ask(asked(RUDE, languages=["de"]))
        await proxy.ask(asked(RUDE, languages=["en-GB"]))
        await proxy.compared(2)
        assert proxy.met() == {"compared": 1, "language": 1}


async def test_a_quota_answer_comes_with_its_body_and_when_to_come_again(proxy: Proxy) -> None:
    proxy.there.status = 429
    status, headers, body = await proxy.ask(asked(RUDE))
    assert (status, headers["Retry-After"]) == (429, "7")
    assert gzip.decompress(body) == proxy.there.answers[0]
    assert proxy.met() == {"quota": 1}


async def test_an_error_page_of_theirs_is_passed_on_too(proxy: Proxy) -> None:
    proxy.there.status = 502
    status, headers, body = await proxy.ask(asked(RUDE))
    assert (status, headers["Content-Type"].split(";")[0], body) == (
        502, "text/html", b"<html>Bad gateway",
    )  # fmt: skip
    assert proxy.met() == {"failed": 1}


async def unanswered(proxy: Proxy) -> tuple[int, str, str]:
    status, headers, body = await proxy.ask(asked(RUDE))
    error = json.loads(body)["error"]
    assert (error["code"], headers["Retry-After"]) == (status, "1")
    return status, error["status"], error["details"][0]["reason"]


async def test_too_slow_and_out_of_reach_are_said_in_their_words(tmp_path: Path) -> None:
    async with proxying(tmp_path, timeout_s=0.2) as proxy:
        proxy.there.delay_s = 1.0
        assert await unanswered(proxy) == (504, "DEADLINE_EXCEEDED", "UPSTREAM_TIMEOUT")
    async with proxying(tmp_path, at="http://127.0.0.1:9") as proxy:
        assert await unanswered(proxy) == (503, "UNAVAILABLE", "UPSTREAM_UNREACHABLE")
        assert proxy.met() == {"failed": 1}


async def test_own_answers_stand_in_where_there_is_none_and_are_counted(tmp_path: Path) -> None:
    async with proxying(tmp_path, own=True, timeout_s=0.2) as proxy:
        proxy.there.status = 502
        status, _, body = await proxy.ask(asked(RUDE))
        assert status == 200
        assert json.loads(body)["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.9
        proxy.there.status, proxy.there.delay_s = 200, 1.0
        assert (await proxy.ask(asked(KIND)))[0] == 200
        assert (await proxy.ask(asked("")))[0] == 400
        assert proxy.met() == {"own": 2, "refused": 1}


class Stuck(ScriptedPool):
    """A pool that gives no score until it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def score(self, texts: Any, *, timeout_s: float | None = None) -> Any:
        await self.go.wait()
        return await super().score(texts)


async def test_nobody_waits_for_the_model_and_what_finds_no_room_is_counted(
    tmp_path: Path,
) -> None:
    pool = Stuck()
    async with proxying(tmp_path, pool=pool, waiting=3) as proxy:
        for _ in range(30):
            assert (await proxy.ask(asked(RUDE)))[0] == 200
        dropped = proxy.met()["dropped"]
        assert dropped >= 30 - 3 - 16, "at most a batch is in hand and three wait"
        pool.go.set()
        await proxy.compared(30)
        assert proxy.met() == {"compared": 30 - dropped, "dropped": dropped}


async def test_a_full_file_takes_no_more_and_a_restart_goes_on(tmp_path: Path) -> None:
    async with proxying(tmp_path, most_bytes=100) as proxy:
        for _ in range(3):
            await proxy.ask(asked(RUDE))
        await proxy.compared(3)
        assert proxy.met() == {"compared": 1, "full": 2}
    with proxy.file.open("ab") as file:
        file.write(b'{"on":"2026-11-2')  # the end of a process that was killed
    async with proxying(tmp_path) as proxy:
        await proxy.ask(asked(RUDE))
        await proxy.compared(1)
        assert len(proxy.kept()) == 2
    counted = [one for line in proxy.file.read_bytes().splitlines()
               if isinstance(one := read_line(line), Calls)]  # fmt: skip
    assert [dict(one.count) for one in counted] == [{"compared": 1, "full": 2}, {"compared": 1}]
    assert proxy.file.stat().st_mode & 0o777 == 0o600


async def test_everything_else_of_theirs_is_passed_on_and_discovery_leads_here(
    proxy: Proxy,
) -> None:
    said = {"comment": {"text": RUDE}, "attributeScores": {"TOXICITY": {"summaryScore": {}}}}
    for path, target in (("/comments:suggestscore", "/v1alpha1/comments:suggestscore"),
                         ("/batch", "/batch")):  # fmt: skip
        assert (await proxy.ask(said, path))[0] == 200
        assert proxy.there.calls[-1][1].startswith(target + "?key=")
    async with proxy.http.options(proxy.url + ANALYZE) as response:
        await response.read()
    assert proxy.there.calls[-1][0] == "OPTIONS"
    status, _, found = await proxy.ask(b"", "/$discovery/rest", method="GET")
    assert (status, json.loads(found)["rootUrl"]) == (200, proxy.url + "/")
    status, _, found = await proxy.ask(b"", "/elsewhere")
    assert (status, json.loads(found)["error"]["status"]) == (404, "NOT_FOUND")


async def test_whatever_is_sent_it_answers_as_they_do(tmp_path: Path) -> None:
    bodies: list[bytes] = []

    @settings(max_examples=60, database=None, suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=60))
    def collect(junk: bytes) -> None:
        bodies.append(junk)

    collect()
    async with proxying(tmp_path, own=True) as proxy:
        proxy.there.status = 502
        for raw in bodies:
            status, _, body = await proxy.ask(raw)
            assert (status, json.loads(body)["error"]["code"]) == (400, 400)
        status, _, body = await proxy.ask(b"x", **{"Content-Encoding": "gzip"})
        assert (status, json.loads(body)["error"]["status"]) == (400, "INVALID_ARGUMENT")
