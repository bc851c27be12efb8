"""The shipped scorer against Detoxify's `original` and the machine's limit, in turns, on two cores.

Detoxify answers one text at a time on two threads and cuts at 512 tokens; the scorer runs as the
service runs it, in two processes of one thread, and reads each text to its end. The limit is what
`limit.py` says, as the best of all rounds.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from detoxify import Detoxify
from rich.progress import track

from moderation.domain.scores import Unscored
from moderation.scoring.supervisor import ScorerPool
from tests.benchmarks.baseline import detoxify_original
from tests.benchmarks.limit import int8_rate, operations, windows_of
from tests.benchmarks.texts import comments

CORES = 2
_ROUNDS, _TEXTS = 8, 30
_PASSES = 5  # over a round's texts: one would take the scorer too little time to be told
_READY_S = 60.0


async def against_detoxify(spec: str, folder: Path, seed: int) -> dict[str, Any]:
    """Return comments a second of both, their ratio, and the scorer's share of the limit.

    `folder`: the folder of the model that `spec` names.
    """
    texts = [comment.text for comment in comments(_ROUNDS * _TEXTS, seed)]
    graph, takes = folder / "model.onnx", _operations_of(folder, texts)
    pool = ScorerPool(spec, processes=CORES)
    await pool.start()
    try:
        with tempfile.TemporaryDirectory(prefix="moderation-bench-") as directory:
            yardstick = detoxify_original(Path(directory), threads=CORES)
        if not await pool.wait_ready(_READY_S):
            raise RuntimeError(f"the scorer did not start: {pool.failure}")
        await _rate_of_pool(pool, texts[:_TEXTS])
        _rate_of_detoxify(yardstick, texts[:3])
        rounds, limits = [], []
        for start in track(range(0, len(texts), _TEXTS), description="scorer"):
            some = texts[start : start + _TEXTS]
            rounds.append((_rate_of_detoxify(yardstick, some), await _rate_of_pool(pool, some)))
            limits.append(int8_rate(graph, CORES))
        model = pool.model
    finally:
        await pool.stop()
    del yardstick
    gc.collect()
    ratios = [own / other for other, own in rounds]
    shares = [
        own * sum(takes[number * _TEXTS :][:_TEXTS]) / _TEXTS / max(limits)
        for number, (_, own) in enumerate(rounds)
    ]
    return {
        "model": f"{model.name} {model.version}" if model else spec,
        "texts": len(texts),
        "rounds": len(rounds),
        "detoxify_per_s": median(other for other, _ in rounds),
        "scorer_per_s": median(own for _, own in rounds),
        "ratio": median(ratios),
        "ratio_lowest": min(ratios),
        "ratio_highest": max(ratios),
        "limit_tops": max(limits) / 1e12,
        "limit_per_s": max(limits) / (sum(takes) / len(takes)),
        "share_of_limit": median(shares),
    }


def _operations_of(folder: Path, texts: Sequence[str]) -> list[float]:
    takes = operations(folder / "model.onnx")
    return [sum(takes(tokens) for tokens in windows) for windows in windows_of(folder, texts)]


def _rate_of_detoxify(yardstick: Detoxify, texts: Sequence[str]) -> float:
    begin = time.perf_counter()
    for text in texts:
        yardstick.predict(text)
    return len(texts) / (time.perf_counter() - begin)


async def _rate_of_pool(pool: ScorerPool, texts: Sequence[str]) -> float:
    begin = time.perf_counter()
    outcomes = await pool.score([*texts] * _PASSES)
    seconds = time.perf_counter() - begin
    if any(isinstance(outcome, Unscored) for outcome in outcomes):
        raise RuntimeError("a text was not scored: there is nothing to compare")
    return len(outcomes) / seconds
