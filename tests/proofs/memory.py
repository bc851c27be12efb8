"""How much memory each part of the service has, and whether it grows."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from contextlib import suppress

import psutil

#: What a word of a command line says about its process; the first that is found holds.
_PARTS = {"moderation.scoring.child": "scorer", "valkey-server": "server"}
_PARTS |= {role: role for role in ("api", "worker", "notifier")}
_EVERY_S = 2.0
_MB = 1 << 20


class Memory:
    """Resident memory by part and process, sampled while `watch` runs."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)

    async def watch(self) -> None:
        """Sample until cancelled."""
        while True:
            for child in psutil.Process().children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    if part := _part(child.cmdline()):
                        size = child.memory_info().rss / _MB
                        self._seen[part, child.pid].append((time.monotonic(), size))
            await asyncio.sleep(_EVERY_S)

    def rows(self, since: float) -> list[tuple[str, str]]:
        """Return each part's most memory, and how fast its processes grew after a moment."""
        parts = sorted({part for part, _ in self._seen})
        return [(f"memory of {part}", self._row(part, since)) for part in parts]

    def _row(self, part: str, since: float) -> str:
        most = max(size for (p, _), seen in self._seen.items() if p == part for _, size in seen)
        calm = [
            [(at, size) for at, size in seen if at >= since]
            for (p, _), seen in self._seen.items()
            if p == part
        ]
        return f"{most:.0f} MB, {60 * _slope(calm):+.2f} MB/min"


def _slope(series: list[list[tuple[float, float]]]) -> float:
    """Return the least-squares growth (a second) that several processes share, each from its own
    level; 0 where nothing was seen twice."""
    above = below = 0.0
    for seen in filter(None, series):
        mean_at = sum(at for at, _ in seen) / len(seen)
        mean_size = sum(size for _, size in seen) / len(seen)
        above += sum((at - mean_at) * (size - mean_size) for at, size in seen)
        below += sum((at - mean_at) ** 2 for at, _ in seen)
    return above / below if below else 0.0


def _part(command: list[str]) -> str | None:
    # Valkey writes its state behind its name, all in one word.
    words = [word.rpartition("/")[2] for part in command for word in part.split()]
    return next((part for word, part in _PARTS.items() if word in words), None)
