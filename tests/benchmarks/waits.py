"""How long a text waits for its scores at half load: short texts, and longer ones beside them.

Open loop: texts come by a schedule that was fixed beforehand, and a wait counts from when the text
was due. Only the scorer's pool is asked; from receipt to decision see `service.py`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from moderation.domain.scores import Unscored
from moderation.scoring.supervisor import ScorerPool
from tests.acceptance.driver.latency import Latency
from tests.acceptance.driver.schedule import arrivals
from tests.benchmarks.children import memory_mb
from tests.benchmarks.limit import windows_of
from tests.benchmarks.texts import comments

#: A text is short up to so many tokens, the model's own marks included.
SHORT_TOKENS = 128

_CORES, _WARM_UP = 2, 100
_READY_S = 60.0


async def at_half_load(spec: str, directory: Path, count: int, seed: int) -> dict[str, Any]:
    """Return what `at_rate` tells of half the rate at which a full queue is worked off.

    With it the memory of the scoring processes, when they have scored all that. `directory`: the
    folder of the model that `spec` names.
    """
    texts = [comment.text for comment in comments(count, seed)]
    tokens = [windows[0] for windows in windows_of(directory, texts)]
    pool = ScorerPool(spec, processes=_CORES)
    await pool.start()
    try:
        if not await pool.wait_ready(_READY_S):
            raise RuntimeError(f"the scorer did not start: {pool.failure}")
        await pool.score(texts[:_WARM_UP])
        begin = time.perf_counter()
        await pool.score(texts)
        rate = len(texts) / (time.perf_counter() - begin)
        waits = await at_rate(pool, texts, tokens, rate / 2, seed)
        return waits | memory_mb(pool.pids)
    finally:
        await pool.stop()


async def at_rate(
    pool: ScorerPool, texts: Sequence[str], tokens: Sequence[int], rate: float, seed: int
) -> dict[str, Any]:
    """Ask for `texts`, which are as many `tokens` long, at `rate` a second; return waits in ms."""
    short, longer, lag = Latency(), Latency(), Latency()

    async def ask(text: str, length: int, due: float) -> None:
        (outcome,) = await pool.score([text])
        if isinstance(outcome, Unscored):
            raise RuntimeError("a text was not scored: there is nothing to time")  # noqa: TRY004
        (short if length <= SHORT_TOKENS else longer).record(time.perf_counter() - due)

    begin = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for text, length, after in zip(
            texts, tokens, arrivals(len(texts), rate, seed), strict=True
        ):
            await asyncio.sleep(max(begin + after - time.perf_counter(), 0.0))
            lag.record(time.perf_counter() - begin - after)
            group.create_task(ask(text, length, begin + after))
    return {
        "texts": len(texts),
        "rate": rate,
        "short": sum(length <= SHORT_TOKENS for length in tokens),
        "short_p50_ms": short.percentile_ms(50),
        "short_p99_ms": short.percentile_ms(99),
        "longer_p50_ms": longer.percentile_ms(50),
        "longer_p99_ms": longer.percentile_ms(99),
        "send_lag_p99_ms": lag.percentile_ms(99),
    }
