"""What is counted for the insights: how many texts stood where, never which.

The scripts count in the same step as the change that they count (`lua/tally.lua` says what). A day
is a number: days since 1970 in UTC.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from moderation.domain.advice import BINS
from moderation.store import keys
from moderation.store.store import Store, down_on_error

#: The label under which the highest score of a text is counted.
HIGHEST = "*"
#: Upper ends of the waits for a person that are counted (s), as in the script; more is the last.
WAITS_S = (60, 300, 900, 3600, 14_400, 43_200, 86_400, 259_200, 604_800)
_AT_ONCE = 1000


@dataclass(slots=True)
class Tally:
    """Counts of one day, or of several together.

    `outcomes`: how the texts received then stand now (see `domain/advice.py`); `whys`: the same for
    each reason and label that they were held for, or came closest to. What people did then:
    `decisions`, `rejected_for` reasons, `reversals` of one another's decisions, and `waits` of held
    texts until the first decision. `own`: the decisions of the one person who asks.
    """

    day: int
    outcomes: Counter[str] = field(default_factory=Counter)
    whys: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    decisions: Counter[str] = field(default_factory=Counter)
    rejected_for: Counter[str] = field(default_factory=Counter)
    reversals: int = 0
    waits: list[int] = field(default_factory=lambda: [0] * (len(WAITS_S) + 1))
    own: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, count: int, person: str) -> None:
        """Add a field of the stored hash; other people's figures are left where they are."""
        kind, _, rest = name.partition(":")
        what, _, outcome = rest.rpartition(":")
        if kind == "o":
            self.outcomes[rest] += count
        elif kind == "w":
            self.whys[what][outcome] += count
        elif kind == "n":
            self.decisions[rest] += count
        elif kind == "p":
            self.rejected_for[rest] += count
        elif kind == "v":
            self.reversals += count
        elif kind == "d":
            self.waits[int(rest)] += count
        elif what == person:
            self.own[outcome] += count


async def configure(store: Store, *, keep_ms: int, sample_share: float) -> None:
    """Say for how long after its day a count is kept, and which share of approvals is sampled."""
    said = {"keep": str(keep_ms), "share": repr(sample_share)}
    async with down_on_error():
        for shard in range(store.shards):
            key = keys.tallying(shard)
            # Only what is new is written: a start must succeed on a server whose memory is full.
            if await store.redis.hgetall(key) != said:
                await store.redis.hset(key, mapping=said)


async def read(store: Store, site: str, days: Sequence[int], person: str) -> list[Tally]:
    """Return a site's counts of each day, with `person`'s own."""
    found = [Tally(day) for day in days]
    for place, raw in await _read(store, days, lambda shard, day: keys.tally(shard, site, day)):
        for name, count in raw.items():
            found[place].add(name, int(count), person)
    return found


async def read_scores(
    store: Store, site: str, days: Sequence[int], label: str
) -> list[Counter[str]]:
    """Return how texts stand by their score of a label (HIGHEST: of any), over all the days."""
    found = [Counter[str]() for _ in range(BINS)]
    where = f":{label}"
    for _, raw in await _read(store, days, lambda shard, day: keys.tally(shard, site, day) + where):
        for name, count in raw.items():
            number = name.rstrip("abhrs")
            found[int(number)][name[len(number) :]] += int(count)
    return found


async def _read(
    store: Store, days: Sequence[int], key: Callable[[int, int], str]
) -> list[tuple[int, dict[str, str]]]:
    """Return the hashes of all shards, each with the place of its day in `days`."""
    asked = [(place, key(shard, day)) for place, day in enumerate(days)
             for shard in range(store.shards)]  # fmt: skip
    found = []
    async with down_on_error():
        for start in range(0, len(asked), _AT_ONCE):
            some = asked[start : start + _AT_ONCE]
            pipeline = store.redis.pipeline(transaction=False)
            for _, name in some:
                pipeline.hgetall(name)
            places = [place for place, _ in some]
            found += list(zip(places, await pipeline.execute(), strict=True))
    return found


async def backlog(store: Store, site: str, before_ms: Sequence[int]) -> list[int]:
    """Return how many held texts were received before each moment."""
    counts = [0] * len(before_ms)
    async with down_on_error():
        pipeline = store.redis.pipeline(transaction=False)
        for shard in range(store.shards):
            for moment in before_ms:
                pipeline.zcount(keys.held(shard, site, "age"), "-inf", f"({moment}")
        for number, count in enumerate(await pipeline.execute()):
            counts[number % len(before_ms)] += count
    return counts
