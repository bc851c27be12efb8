"""What people elsewhere said of texts that were scored here: counts by score, and no text.

They stand beside the counts of the site's own decisions and never among them: nobody drew these
texts by lot. One that was said again within a day is known by a keyed hash, and counts once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from moderation.domain.comment import keyed_hash
from moderation.store import keys, tallies
from moderation.store.store import Store, down_on_error

#: How long a repetition is known as one (ms).
KNOWN_MS = 86_400_000
#: Stands before the label in the key of these counts; no label begins with it.
_MARK = "!"


async def note(
    store: Store,
    site: str,
    text: str,
    community: str,
    said: Mapping[str, tuple[float, bool]],
) -> bool:
    """Count what was said of a text: its score of each label, and whether it deserves the label.

    Returns False for what was said before. Raises StoreDownError.
    """
    labels = {label: deserved for label, (_, deserved) in sorted(said.items())}
    hashed = keyed_hash(store.secret, "said", site, community, json.dumps(labels), text)
    args: list[str | float] = [community]
    for label, (score, deserved) in said.items():
        args += [label, repr(score), "r" if deserved else "a"]
    return bool(await store.run("suggest", store.shard(hashed), site, hashed, KNOWN_MS, *args))


async def read(
    store: Store, site: str, days: Sequence[int], label: str, community: str = ""
) -> list[Counter[str]]:
    """Return the counts by the score of a label, as of held texts that people decided on.

    `community`: a short name of one; all by default.
    """
    of_one = _MARK + community if community else ""
    return await tallies.read_scores(store, site, days, _MARK + label + of_one)


async def communities(store: Store, site: str) -> dict[str, str]:
    """Return the names of the communities that are told apart, by their short names.

    Raises StoreDownError.
    """
    found: dict[str, str] = {}
    async with down_on_error():
        for shard in range(store.shards):
            found |= await store.redis.hgetall(keys.communities(shard, site))
    return found
