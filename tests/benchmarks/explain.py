"""How long an explanation takes: from the stored comment to the places of its words.

    python -m tests.benchmarks.explain

The comments have 100 words and an insult among them, once in sentences and once without any mark.
Nothing has scored them before, so the whole text is read too; in a service that is done already.
"""

from __future__ import annotations

import json
import random
import re
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import structlog
import uvloop

from moderation.defaults import POLICIES_DIR
from moderation.domain.comment import Submission
from moderation.scoring.supervisor import ScorerPool
from moderation.services.explaining import Explaining
from moderation.services.intake import Intake
from moderation.services.policies import seed
from moderation.services.scoring import LocalScoring
from moderation.services.waiting import Waiting
from moderation.settings import Explain, Settings
from moderation.store.client import connect
from moderation.store.embedded import EmbeddedServer
from moderation.store.store import Store, open_store
from moderation.telemetry import Metrics
from tests.benchmarks.scorer import CORES
from tests.benchmarks.texts import comments

_WORDS, _TEXTS, _WARM_UP = 100, 40, 5
_INSULT = "you are an idiot"
_READY_S = 60.0


async def explained(spec: str, seed_: int) -> dict[str, Any]:
    """Return median and p90 in ms, for texts with sentences and without, and for one process."""
    with tempfile.TemporaryDirectory(prefix="moderation-bench-") as name:
        async with _store(Path(name)) as store:
            return {
                "words": _WORDS,
                "texts": _TEXTS,
                "sentences": await _times(store, spec, CORES, _texts(seed_)),
                "one_process": await _times(store, spec, 1, _texts(seed_)),
                "no_marks": await _times(store, spec, CORES, _without_marks(_texts(seed_))),
            }


async def _times(store: Store, spec: str, processes: int, texts: Sequence[str]) -> dict[str, float]:
    settings, metrics = Settings(), Metrics()
    intake = Intake(store, settings, Waiting(store, always=False), metrics)
    pool = ScorerPool(spec, processes=processes)
    scoring = LocalScoring(lambda: pool)
    use = Explaining(store, scoring, Explain(timeout_s=_READY_S), metrics)
    try:
        if not await scoring.ready(_READY_S):
            raise RuntimeError(f"the scorer did not start: {pool.failure}")
        times = []
        for text in texts:
            said = Submission(site="bench", text=text)
            sent = await intake.submit(said, idempotency_key=None, wait_s=0.0, bulk=False)
            begin = time.perf_counter()
            answer = await use.explain("bench", sent.answer["id"])
            took = time.perf_counter() - begin
            if answer["partial"]:
                raise RuntimeError("a text was not explained whole: there is nothing to compare")
            if answer["labels"]:  # with every score low there is nothing to look for
                times.append(1000 * took)
    finally:
        await scoring.stop()
    kept = times[_WARM_UP:]
    return {"p50_ms": median(kept), "p90_ms": quantiles(kept, n=10)[-1]}


def _texts(seed_: int) -> list[str]:
    """Return texts of so many words, with the insult in place of some of them."""
    draw = random.Random(seed_)
    words = " ".join(comment.text for comment in comments(1000, seed_)).split()
    found = []
    for start in range(0, _WORDS * (_TEXTS + _WARM_UP), _WORDS):
        some = words[start : start + _WORDS]
        at = draw.randrange(_WORDS - 4)
        found.append(" ".join([*some[:at], *_INSULT.split(), *some[at + 4 :]]))
    return found


def _without_marks(texts: Sequence[str]) -> list[str]:
    return [re.sub(r"[^\w\s]", "", text).lower() for text in texts]


@asynccontextmanager
async def _store(directory: Path) -> AsyncIterator[Store]:
    server = EmbeddedServer(directory)
    clients = connect(await server.start())
    try:
        store = await open_store(clients, shards=None, secret=None)
        await seed(store, POLICIES_DIR)
        yield store
    finally:
        await clients.aclose()
        await server.stop()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    print(json.dumps(uvloop.run(explained("onnx", 1)), indent=2))
