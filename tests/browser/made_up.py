"""Made-up counts of a month, for a picture of the insights: no site was ever moderated like this.

Scores are dice, and the more toxic a text is, the likelier a made-up person rejects it.
"""

from __future__ import annotations

import math
import random
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator

from moderation.domain.advice import BINS
from moderation.store import keys
from moderation.store.store import Store
from moderation.store.tallies import HIGHEST, WAITS_S

_DAYS, _TEXTS = 30, 400
_THRESHOLD, _SAMPLED, _READ = 0.5, 0.05, 0.97
_LABELS = {"toxicity": (0.75, 2.2), "insult": (0.5, 2.6)}  # of a beta distribution
_REASONS = ("harassment", "harassment", "spam", "off_topic", "hate", "personal_data")
_MEDIAN_WAIT_S = 1500


async def write(store: Store, site: str) -> None:
    """Count a month of texts that never were."""
    dice, today = random.Random(20260101), int(time.time() // 86_400)
    pipeline = store.redis.pipeline(transaction=False)
    for day in range(today - _DAYS + 1, today + 1):
        counts = defaultdict[str, Counter[str]](Counter)
        weekend = 0.6 if day % 7 in {2, 3} else 1.0
        for _ in range(round(_TEXTS * weekend * dice.uniform(0.85, 1.15))):
            for label, field in _text(dice):
                counts[label][field] += 1
        for label, found in counts.items():
            name = keys.tally(0, site, day) + (f":{label}" if label else "")
            pipeline.hset(name, mapping=dict(found))
    await pipeline.execute()


def _text(dice: random.Random) -> Iterator[tuple[str, str]]:
    """Yield what one text is counted under: a label, or none, and a field."""
    scores = {label: dice.betavariate(*shape) for label, shape in _LABELS.items()}
    label = max(scores, key=lambda name: scores[name])
    outcome, fields = _outcome(dice, scores[label])
    fields.append(f"o:{outcome}")
    if outcome[0] == "h":
        fields += [f"w:{why}:{outcome}" for why in ("score_over_threshold", label)]
        fields += [f"w:suspect_word:{outcome}"] * (dice.random() < 0.1)
    yield from (("", field) for field in fields)
    for name, score in [*scores.items(), (HIGHEST, scores[label])]:
        yield name, f"{min(BINS - 1, int(score * BINS))}{outcome}"


def _outcome(dice: random.Random, score: float) -> tuple[str, list[str]]:
    """Return where a text stands, and what a person did with it."""
    held = score >= _THRESHOLD
    if not held and dice.random() >= _SAMPLED:
        return "a", []
    origin = "h" if held else "s"
    if dice.random() >= _READ:
        return origin, []
    rejected = dice.random() < 1 / (1 + math.exp(-9 * (score - 0.62)))
    fields = ["n:reject" if rejected else "n:approve"]
    if held:
        wait_s = dice.lognormvariate(0, 1.4) * _MEDIAN_WAIT_S
        fields.append(f"d:{bisect_left(WAITS_S, wait_s)}")
    if rejected:
        fields.append(f"p:{dice.choice(_REASONS)}")
        fields += ["v"] * (dice.random() < 0.01)
    return origin + ("r" if rejected else "a"), fields
