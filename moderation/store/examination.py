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
        *("XINFO|GROUPS", "XLEN", "XPENDING", "XRANGE", "XREAD", "XREVRANGE", "XTRIM", "ZADD"),
        *("ZCARD", "ZCOUNT", "ZRANGE", "ZREM", "ZREMRANGEBYRANK", "ZREVRANGEBYSCORE"),
    )
)
_CLUSTER = frozenset({"CLUSTER|SLOTS", "CLUSTER|SHARDS"})
_ASKED = (
    "appendfsync",
    "no-appendfsync-on-rewrite",
    "slowlog-log-slower-than",
    "maxmemory",
)
#: Of a user's rights a server tells only the user's own scripts (Redis and Valkey ≥ 7.0).
_MAY = """
local refused = {}
for i = 2, #ARGV do
  local words = {}
  for word in string.gmatch(ARGV[i], '[^|]+') do words[#words + 1] = word end
  words[#words + 1] = ARGV[1]
  local known, may = pcall(redis.acl_check_cmd, unpack(words))
  if not (known and may) then refused[#refused + 1] = ARGV[i] end
end
return refused
"""


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
    key = keys.prefix(0) + "examined"  # never written: it shows whether the user's patterns fit
    try:
        return frozenset(await client.execute_command("EVAL", _MAY, 0, key, *wanted, **target))
    except ResponseError:
        return None
