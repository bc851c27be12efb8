"""What a comment costs the server in memory and in the append-only file, by what became of it.

Real comments' lengths (`texts.py`), through the service's own scripts. Memory is the difference of
`used_memory`, so it has the indexes and the allocator's rounding in it.
"""

from __future__ import annotations

from pathlib import Path

from moderation.defaults import POLICIES_DIR
from moderation.domain.decide import decide
from moderation.domain.rules import Facts
from moderation.domain.scores import ModelInfo, Scored
from moderation.scoring import registry
from moderation.scoring.onnx import read_manifest
from moderation.services.policies import read_policy
from moderation.store import keeping, outbox
from moderation.store.client import connect
from moderation.store.decisions import Ruling
from moderation.store.embedded import EmbeddedServer
from moderation.store.queue import Job
from moderation.store.store import Store, open_store
from tests.benchmarks.texts import comments
from tests.contract import store_kit as kit

COUNT = 5_000
_POLICY = read_policy(POLICIES_DIR / "default.toml")
_MANIFEST = read_manifest(registry.default_model_dir())
_BATCH = 100


async def by_state(directory: Path) -> dict[str, float]:
    """Return bytes a comment: waiting, held, approved with its text, and as a record alone.

    `log`: bytes that an approved comment adds to the append-only file until it is rewritten;
    `text`: the mean length of a text (bytes in UTF-8).
    """
    held = await _with(directory / "held", "held")
    approved = await _with(directory / "approved", "approved")
    return {"waiting": held["waiting"], "held": held["decided"], "approved": approved["decided"],
            "record": approved["record"], "log": approved["log"],
            "text": held["text"]}  # fmt: skip


async def _with(directory: Path, outcome: str) -> dict[str, float]:
    server = EmbeddedServer(directory)
    clients = connect(await server.start(), timeout_s=60.0)
    try:
        store = await open_store(clients, shards=None, secret=None)
        await store.redis.config_set("appendfsync", "no")  # how long a disk takes is not asked
        await store.redis.config_set("auto-aof-rewrite-percentage", 0)
        return await _bytes(store, outcome)
    finally:
        await clients.aclose()
        await server.stop()


async def _bytes(store: Store, outcome: str) -> dict[str, float]:
    some = comments(COUNT, 1)
    new = [
        kit.comment(store, one.external_id, one.text, article=f"a{at % 97}", author=f"{at % 499}")
        for at, one in enumerate(some)
    ]
    empty, log = await _used(store), await _log(store)
    await kit.accept(store, *new)
    waiting = await _used(store)
    while jobs := await kit.queue.take(store, 0, "w1", _BATCH):
        await kit.record(store, [_ruling(job, outcome) for job in jobs])
    while (due := await outbox.take(store, 0, _BATCH, 60_000, per_origin=10**6, busy={})).callbacks:
        done = [outbox.Settlement(one, "delivered") for one in due.callbacks]
        await outbox.settle(store, 0, done, approved_ttl_ms=0)
    decided, logged = await _used(store), await _log(store)
    while (await keeping.sweep(store, 0, 1000, kit.YEAR_MS))[0]:
        pass
    record = await _used(store)
    return {
        "waiting": (waiting - empty) / COUNT,
        "decided": (decided - empty) / COUNT,
        "record": (record - empty) / COUNT,
        "log": (logged - log) / COUNT,
        "text": sum(len(one.text.encode()) for one in some) / COUNT,
    }


def _ruling(job: Job, outcome: str) -> Ruling:
    """Return what the shipped policy makes of scores for every label of the shipped model."""
    score = 0.8125 if outcome == "held" else 0.03125
    scores = dict.fromkeys(_MANIFEST.labels, 0.015625) | {"toxicity": score, "insult": score}
    model = ModelInfo(_MANIFEST.name, _MANIFEST.version, _MANIFEST.languages)
    facts = Facts.of(job.submission, first_time_author=False, repeats=0)
    verdict = decide(facts, Scored(scores, model, 0.005, "en"), _POLICY, 1)
    return Ruling(job=job, verdict=verdict, weight_hours=_POLICY.severity_hours)


async def _used(store: Store) -> int:
    return int((await store.redis.info("memory"))["used_memory"])


async def _log(store: Store) -> int:
    return int((await store.redis.info("persistence"))["aof_current_size"])
