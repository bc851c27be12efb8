"""The Lua scripts: one a state change, sent by hash, with the source only when the server asks.

Every script is safe to run twice with the same arguments, which is why the client may repeat one
whose answer was lost. Each starts with `#!lua`, so that a key of another slot is an error in a
cluster instead of a silent success; all but the accepting ones may run when memory is full, because
they are what frees it.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Any

from redis.exceptions import NoScriptError

from moderation.store import keys

#: What a caller is told to rely on, and so waits for replicas where that is configured; `out_take`,
#: since a decision is told to a receiver only when they have it.
PROMISES = frozenset(
    {
        "accept",
        "edit",
        "appeal",
        "suggest",
        "record",
        "resolve",
        "confirm",
        "escalate",
        "undo",
        "erase",
        "out_take",
        "person_set",
        "password_set",
    }
)
_REPLICATION_MS = 1000
_REFUSED_WHEN_FULL = frozenset({"accept", "edit", "appeal", "suggest"})
#: What stands before a script, beside what all share: what counts for the insights, and appeals.
_PARTS = {
    "tally": frozenset({"record", "resolve", "confirm", "undo", "suggest"}),
    "appeals": frozenset({"appeal", "resolve", "undo", "edit", "erase", "sweep"}),
}


class Script:
    """One script, with its source composed and hashed once."""

    def __init__(self, name: str) -> None:
        lua = files("moderation.store") / "lua"
        flags = "" if name in _REFUSED_WHEN_FULL else " flags=allow-oom"
        shared = [part for part, scripts in _PARTS.items() if name in scripts]
        parts = ("common", *shared, name)
        body = "\n".join((lua / f"{part}.lua").read_text() for part in parts)
        self.name = name
        self.source = f"#!lua{flags}\n{body}"
        self.sha = hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()


SCRIPTS = {
    name: Script(name)
    for name in (
        "accept",
        "edit",
        "appeal",
        "take",
        "record",
        "resolve",
        "confirm",
        "apply_policy",
        "draft_save",
        "draft_drop",
        "replay",
        "api_key",
        "requeue",
        "retire",
        "seen",
        "page",
        "out_take",
        "out_done",
        "out_again",
        "erase",
        "sweep",
        "compare",
        "suggest",
        "escalate",
        "undo",
        "complete",
        "claim",
        "release",
        "person_add",
        "person_set",
        "once_offer",
        "once_redeem",
        "session_add",
        "sign_on",
        "pending_add",
        "pending_take",
        "password_set",
        "session",
        "attempt",
        "attempt_back",
    )
}


async def run(client: Any, name: str, shard: int, *args: str | float) -> Any:  # noqa: ANN401
    """Run a script on a shard and return its answer as redis-py decodes it."""
    script = SCRIPTS[name]
    prefix = keys.prefix(shard)
    # The one declared key routes the call; the others share its slot by their hash tag.
    route = keys.queue(shard, "n")
    try:
        return await client.evalsha(script.sha, 1, route, prefix, *args)
    except NoScriptError:
        return await client.eval(script.source, 1, route, prefix, *args)


async def run_replicated(
    client: Any,  # noqa: ANN401
    name: str,
    shard: int,
    replicas: int,
    *args: str | float,
) -> tuple[Any, int]:
    """Run a script, and wait on the same connection until `replicas` have what it wrote.

    Returns the answer and how many had it within a second. Not in a cluster, whose client gives no
    say over the connection.
    """
    script = SCRIPTS[name]
    arguments = (1, keys.queue(shard, "n"), keys.prefix(shard), *args)
    try:
        answer, reached = await _waited(client, replicas, "evalsha", script.sha, *arguments)
    except NoScriptError:
        answer, reached = await _waited(client, replicas, "eval", script.source, *arguments)
    return answer, int(reached)


async def _waited(client: Any, replicas: int, command: str, *args: str | float) -> tuple[Any, Any]:  # noqa: ANN401
    pipeline = client.pipeline(transaction=False)
    getattr(pipeline, command)(*args)
    pipeline.wait(replicas, _REPLICATION_MS)
    answer, reached = await pipeline.execute()
    return answer, reached
