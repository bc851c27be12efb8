"""How many keys of each kind a server holds. Kinds are those of `moderation/store/keys.py`."""

from __future__ import annotations

from collections import Counter

import redis

_PAGE = 1000
#: What a store has whether or not it holds comments: settings, policies, people, and empty or
#: trimmed streams and counters of a fixed number (`t`: a few hashes a day).
STANDING = frozenset(
    {
        "install",
        "log",
        "draft",
        "hw",
        "keys",
        "pol",
        "policies",
        "people",
        "pe",
        "once",
        "q",
        "ev",
        "rate",
        "feed",
        "t",
        "tally",
        "workers",
    }
)


def kinds(url: str) -> Counter[str]:
    """Count the keys by what follows the shard's prefix, `c` for payloads and so on."""
    with redis.Redis.from_url(url, decode_responses=True) as client:
        return Counter(
            key.partition("}:")[2].partition(":")[0] for key in client.scan_iter(count=_PAGE)
        )


def used_mb(url: str) -> float:
    """Return what the server's data take (megabytes)."""
    with redis.Redis.from_url(url, decode_responses=True) as client:
        return float(client.info("memory")["used_memory"]) / (1 << 20)


def told(counts: Counter[str]) -> str:
    """Return counts by kind in one line."""
    return ", ".join(f"{kind} {n:,}" for kind, n in sorted(counts.items())) or "none"
