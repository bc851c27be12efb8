"""Explaining over a real store and real scorers: the shipped model, a lazy one, a slow one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from moderation.domain.errors import NoScoreError
from moderation.scoring.supervisor import ScorerPool
from moderation.services.explaining import Explaining
from moderation.services.scoring import LocalScoring
from moderation.settings import Explain
from moderation.store.embedded import EmbeddedServer
from tests.program import calling, configuration, program
from tests.service_kit import PATIENCE_S, SITE, Service, service

MILD = "you are an idiot, but the weather is nice. I like tea."
FAULTY = "python:tests.fakes.faulty_scorer:"


@pytest.fixture
async def parts(embedded_url: str) -> AsyncIterator[Service]:
    async with service(embedded_url) as running:
        yield running


@asynccontextmanager
async def explaining(
    s: Service, spec: str, *, loads_s: float = PATIENCE_S, **limits: float
) -> AsyncIterator[Explaining]:
    """Explain with a pool of its own, which the first explanation starts."""
    pool = ScorerPool(spec, timeout_s=PATIENCE_S)
    scoring = LocalScoring(lambda: pool)
    limits = {"timeout_s": PATIENCE_S, **limits}
    if loads_s:
        assert await scoring.ready(loads_s)
    try:
        yield Explaining(s.store, scoring, Explain(**limits), s.metrics)
    finally:
        await scoring.stop()
        assert await scoring.ready(0) is None
        assert pool.pids == ()


def words(text: str, label: dict[str, Any]) -> list[str]:
    return [text[word["start"] : word["end"]] for word in label["words"]]


async def test_the_shipped_model_marks_the_insult(parts: Service) -> None:
    sent = await parts.submit(MILD, "1")
    async with explaining(parts, "onnx") as use:
        answer = await use.explain(SITE, sent["id"])
    assert {"toxicity", "insult"} <= {label["label"] for label in answer["labels"]}
    for label in answer["labels"]:
        assert MILD[label["sentence"]["start"] : label["sentence"]["end"]] == MILD[:42]
        assert words(MILD, label)[0] == "idiot"
        assert label["words"][0]["weight"] > 2 * label["words"][1]["weight"]
    assert not answer["partial"]


async def test_in_a_long_text_the_insult_is_found(parts: Service) -> None:
    padding = "The weather was fine and we talked about the garden for a while. " * 60
    text = f"{padding}𝐘𝐨𝐮 𝐚𝐫𝐞 𝐚𝐧 𝐢𝐝𝐢𝐨𝐭! {padding}"
    sent = await parts.submit(text, "1")
    async with explaining(parts, "onnx") as use:
        answer = await use.explain(SITE, sent["id"])
    assert words(text, answer["labels"][0])[0] == "𝐢𝐝𝐢𝐨𝐭"
    assert not answer["partial"]


async def test_what_is_not_read_in_time_is_missing_and_the_scorer_goes_on(parts: Service) -> None:
    # Whole it does not begin with "please", so it is scored at once; one sentence of it sleeps.
    text = "you are an idiot. please sleep 5 now. so it is."
    sent = await parts.submit(text, "1")
    async with explaining(parts, FAULTY + "make", timeout_s=1) as use:
        answer = await use.explain(SITE, sent["id"])
        assert answer["partial"]
        assert answer["labels"]
        sent = await parts.submit("please raise it", "2")
        with pytest.raises(NoScoreError, match="gave no score") as refused:
            await use.explain(SITE, sent["id"])
    assert refused.value.retry_after >= 1


async def test_a_model_that_is_not_ready_is_a_refusal(parts: Service) -> None:
    sent = await parts.submit(MILD, "1")
    async with explaining(parts, FAULTY + "never", loads_s=0, timeout_s=0.5) as use:
        with pytest.raises(NoScoreError, match="not ready"):
            await use.explain(SITE, sent["id"])
    assert parts.count("explains_total", result="no_score") == 1


async def test_a_shared_pool_is_left_to_its_owner() -> None:
    pool = ScorerPool(FAULTY + "make")
    scoring = LocalScoring.sharing(pool)
    assert await scoring.ready(0) is None
    await pool.start()
    assert await scoring.ready(PATIENCE_S) is pool
    await scoring.stop()
    assert pool.pids
    await pool.stop()


def scorers_of(pid: int) -> list[psutil.Process]:
    children = psutil.Process(pid).children(recursive=True)
    return [child for child in children if "moderation.scoring.child" in child.cmdline()]


async def test_an_api_alone_starts_a_scorer_when_it_is_asked_and_ends_it(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "server")
    url = await server.start()
    role = ("--config", str(configuration(tmp_path)), "--role", "api")
    environ = {"MODERATION_EXPLAIN__TIMEOUT_S": "60", "MODERATION_SCORER__SPEC": "onnx"}
    try:
        async with (
            program(tmp_path, *role, lines=2, REDIS_URL=url, **environ) as api,
            calling("k" * 32) as caller,
        ):
            _, sent = await caller.post(f"{api.api}/v1/comments", {"text": MILD})
            assert scorers_of(api.process.pid) == []
            status, raw = await caller.get(f"{api.api}/v1/comments/{sent['id']}/explain")
            assert status == 200
            assert words(MILD, json.loads(raw)["labels"][0])[0] == "idiot"
            (child,) = scorers_of(api.process.pid)
            _, metrics = await caller.get(f"{api.ops}/metrics")
            assert 'moderation_explains_total{result="complete"} 1.0' in metrics
            assert await api.end(15) == 0
            await asyncio.to_thread(child.wait, 10)
        logged = "".join(api.logged)
        assert "idiot" not in logged + metrics
    finally:
        await server.stop()
