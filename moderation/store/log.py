"""The installation's own log: who changed what about people and policies, newest first.

What happens to a comment stands in that comment's trail, not here. The scripts that change
something write its entry, so neither is there without the other.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from moderation.store import keys
from moderation.store.events import event_tail
from moderation.store.store import Store, down_on_error

_STEP, _MOST_STEPS = 500, 10


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something. `via`: `page`, `command line`, `sign-on` or `start`."""

    id: str
    name: str
    via: str


#: What the service does by itself when it starts: seed policies, make the first account.
SERVICE = Actor("service", "the service", "start")


def entry(type_: str, actor: Actor, **fields: Any) -> tuple[str, str]:  # noqa: ANN401
    """Return what a script is given to log: the change's own id, and the entry without its time.

    `type_` is what happened, such as `role_changed`; `fields` never hold a secret.
    """
    return secrets.token_hex(8), event_tail(type=type_, actor=asdict(actor), **fields)


async def read(
    store: Store, before: str | None, count: int, *, kind: str | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    """Return up to `count` entries before a position, newest first, and the next position.

    An entry: `at` (ms), `type`, `actor` {id, name, via}, and what the type adds. `kind`: of this
    type only; then so many entries are looked through at most that a page may be short, even
    empty, while the position says that there is more.
    """
    found: list[dict[str, Any]] = []
    for _ in range(_MOST_STEPS):
        step = count if kind is None else _STEP
        rows = await _rows(store, before, step)
        for position, entry in rows:
            before = position
            if kind in {None, entry["type"]}:
                found.append(entry)
            if len(found) == count:
                return found, before
        if len(rows) < step:
            return found, None
    return found, before


async def _rows(store: Store, before: str | None, count: int) -> list[tuple[str, dict[str, Any]]]:
    async with down_on_error():
        rows = await store.redis.xrevrange(
            keys.LOG, max=f"({before}" if before else "+", count=count
        )
    return [(position, json.loads(fields["entry"])) for position, fields in rows]
