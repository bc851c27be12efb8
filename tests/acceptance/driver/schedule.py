"""When to send and when to kill: fixed beforehand from a seed, so that no answer can slow it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate

TARGETS = ("worker", "api", "notifier", "server")


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill -9, `at_s` seconds after the first send is due."""

    at_s: float
    target: str


def arrivals(count: int, rate: float, seed: int) -> list[float]:
    """Return the seconds at which each of `count` comments is due: a Poisson stream of `rate`/s."""
    draw = random.Random(seed)
    return list(accumulate(draw.expovariate(rate) for _ in range(count)))


def kills(count: int, within_s: float, seed: int) -> list[Kill]:
    """Return `count` kills at random moments; each target gets its share, in random order."""
    draw = random.Random(seed)
    targets = [TARGETS[n % len(TARGETS)] for n in range(count)]
    draw.shuffle(targets)
    moments = sorted(draw.uniform(0, within_s) for _ in range(count))
    return [Kill(at_s, target) for at_s, target in zip(moments, targets, strict=True)]
