"""What a server says of itself, for `moderation doctor`; it judges and changes nothing.

Beside `server_check.py`, which refuses a start: here everything is read that can be, so that one
look shows all that is wrong.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from redis.exceptions import ResponseError

from moderation.store import keys
from moderation.store.client import Client
from moderation.store.scripts import SCRIPTS
from moderation.store.server_check import primaries

_CALL = re.compile(r"redis\.p?call\('([A-Z]+)'(?:, '([A-Z]+)')?")
_CONTAINERS = frozenset({"XGROUP", "XINFO"})  # commands of which a user may have parts
#: What is sent outside of scripts.
_DIRECT = frozenset(
    (
        *("DEL", "EVAL", "EVALSHA", "GET", "HGET", "HGETALL", "HINCRBY", "HMGET", "HSET", "HSETNX"),
        *("HVALS", "INFO", "LINDEX", "LRANGE", "PEXPIRE", "SMEMBERS", "XCLAIM", "XGROUP|CREATE"),
        *("XINFO|GROUPS", "XLEN", "XPENDING", "XRANGE", "XREAD", "XREVRANGE"),
        *("XTRIM", "ZADD", "ZCARD", "ZCOUNT", "ZRANGE", "ZREM", "ZREMRANGEBYRANK"),
        *("ZREMRANGEBYSCORE", "ZREVRANGEBYSCORE"),
    )
)
_CLUSTER = frozenset({"CLUSTER|SLOTS", "CLUSTER|SHARDS", "COMMAND"})
_ASKED = (
    "appendfsync",
    "no-appendfsync-on-rewrite",
    "slowlog-log-slower-than",
    "maxmemory",
    "min-replicas-to-write",
)
#: Of a user's rights a server tells only the user's own scripts (Redis and Valkey ≥ 7.0).
_MAY = """
local refused = {}
for i = 1, #ARGV do
  local words = {}
  for word in string.gmatch(ARGV[i], '%S+') do words[#words + 1] = word end
  local known, may = pcall(redis.acl_check_cmd, unpack(words))
  if not (known and may) then refused[#refused + 1] = i end
end
return refused
"""
#: Never written: it shows whether the user's key patterns fit.
_KEY = keys.prefix(0) + "examined"
#: Whole commands where the key is not the first argument. A command without what tells where its
#: keys are ends the server: seen of Valkey 9.1 with `EVAL` alone.
_WHOLE = {
    "COMMAND": "COMMAND",
    "EVAL": f"EVAL 0 1 {_KEY}",
    "EVALSHA": f"EVALSHA 0 1 {_KEY}",
    "XREAD": f"XREAD STREAMS {_KEY} 0",
    "XREADGROUP": f"XREADGROUP GROUP g c STREAMS {_KEY} >",
}


@dataclass(frozen=True, slots=True)
class Node:
    """What one primary says of itself.

    `where`: what a message says before it, '' of a single server. `config`: of CONFIG GET, None
    where it is refused. `ahead_s`: its clock less ours (s), None where TIME is refused. `refused`:
    what its user may not run, of what was asked for; None where it may not even run scripts.
    """

    where: str
    info: dict[str, Any]
    config: dict[str, str] | None
    ahead_s: float | None
    refused: frozenset[str] | None


def commands(*, is_cluster: bool) -> frozenset[str]:
    """Return what the service's user must be allowed to run; `XINFO|GROUPS` is a part of one."""
    called = frozenset(
        f"{command}|{part}" if command in _CONTAINERS else command
        for script in SCRIPTS.values()
        for command, part in _CALL.findall(script.source)
    )
    return called | _DIRECT | (_CLUSTER if is_cluster else frozenset())


async def examine(
    client: Client,
    wanted: Iterable[str],
    *,
    now: Callable[[], float] = time.time,
) -> list[Node]:
    """Read every primary. `wanted`: commands to ask about; `now`: our clock (s).

    Raises redis-py's errors when a server can't be reached, or says nothing of itself (INFO).
    """
    return [
        Node(
            where=where,
            info=await client.execute_command("INFO", **target),
            config=await _config(client, target),
            ahead_s=await _ahead(client, target, now),
            refused=await _refused(client, target, [*wanted]),
        )
        for where, target in await primaries(client)
    ]


async def _config(client: Client, target: dict[str, Any]) -> dict[str, str] | None:
    try:
        answer = await client.execute_command("CONFIG GET", *_ASKED, **target)
    except ResponseError:
        return None
    return answer if isinstance(answer, dict) else None


async def _ahead(client: Client, target: dict[str, Any], now: Callable[[], float]) -> float | None:
    before = now()
    try:
        seconds, micros = await client.execute_command("TIME", **target)
    except ResponseError:
        return None
    return float(seconds) + float(micros) / 1e6 - (before + now()) / 2


async def _refused(
    client: Client, target: dict[str, Any], wanted: list[str]
) -> frozenset[str] | None:
    lines = [_WHOLE.get(one, " ".join([*one.split("|"), *[_KEY] * 5])) for one in wanted]
    try:
        refused = await client.execute_command("EVAL", _MAY, 0, *lines, **target)
    except ResponseError:
        return None
    return frozenset(wanted[int(place) - 1] for place in refused)
