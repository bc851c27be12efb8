"""The CPU time of the service's own processes, which are all children of this one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

import psutil

#: What a word of a command line says about its process; the first that is found holds.
_PARTS = {
    "moderation.scoring.child": "scorer",
    "valkey-server": "server",
    "api": "api",
    "worker": "worker",
    "notifier": "notifier",
}
#: All but the model.
OWN = ("api", "server", "worker", "notifier")


def cpu_seconds() -> Counter[str]:
    """Return the user and system time that each part has used so far."""
    used: Counter[str] = Counter()
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            times = child.cpu_times()
            used[_part(child.cmdline())] += times.user + times.system
    return used


def cpu_ms_each(
    before: Mapping[str, float], after: Mapping[str, float], count: int
) -> dict[str, float]:
    """Return the milliseconds that each part spent on one of `count` comments."""
    return {part: 1000 * (after[part] - before[part]) / count for part in (*OWN, "scorer")}


def _part(command: list[str]) -> str:
    # Valkey writes its state behind its name, all in one word.
    words = [word.rpartition("/")[2] for part in command for word in part.split()]
    return next((part for word, part in _PARTS.items() if word in words), "other")
