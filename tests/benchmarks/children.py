"""What a scoring process needs: memory, and time from its start to its first score."""

from __future__ import annotations

import time
from collections.abc import Iterable
from statistics import median

import psutil

from moderation.scoring.supervisor import ScorerPool

_STARTS = 5
_READY_S = 60.0
_MB = 1e6


def memory_mb(pids: Iterable[int]) -> dict[str, float]:
    """Return the largest of some processes: resident, and with shared pages counted by share."""
    sizes = [psutil.Process(pid).memory_full_info() for pid in pids]
    return {
        "rss_mb": max(size.rss for size in sizes) / _MB,
        "pss_mb": max(size.pss for size in sizes) / _MB,
    }


async def started(spec: str) -> dict[str, float]:
    """Return the seconds from asking for a process until it has loaded and passed its self-test."""
    times = []
    for _ in range(_STARTS):
        pool = ScorerPool(spec, processes=1)
        begin = time.perf_counter()
        await pool.start()
        try:
            if not await pool.wait_ready(_READY_S):
                raise RuntimeError(f"the scorer did not start: {pool.failure}")
            times.append(time.perf_counter() - begin)
        finally:
            await pool.stop()
    return {"ready_s": median(times), "ready_slowest_s": max(times)}
