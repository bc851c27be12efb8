"""Whether a Redis keeps what it is given: asked once at start, refused when it does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis.asyncio import RedisCluster
from redis.exceptions import BusyLoadingError, RedisClusterException, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError

from moderation.store.client import Client

_OLDEST = (7, 0)  # `#!lua` scripts with flags


class UnsafeServerError(RuntimeError):
    """This Redis would lose or forget comments; the message tells the operator every reason."""


@dataclass(frozen=True)
class ServerFacts:
    """What the server is. `fsync` is `always`, `everysec` or `no`, None when it would not say."""

    product: str
    version: str
    is_cluster: bool
    primaries: int
    aof: bool
    fsync: str | None
    warnings: tuple[str, ...] = ()


async def check_server(client: Client, *, allow_unsafe: bool = False) -> ServerFacts:
    """Return what the server is, if it is one to trust comments to.

    `allow_unsafe` lets a server without an append-only file pass, with a warning. Raises
    UnsafeServerError, and redis-py's ConnectionError or TimeoutError when it can't be reached.
    """
    wrong: list[str] = []
    warnings: list[str] = []
    nodes = await primaries(client)
    for where, target in nodes:
        try:
            info = await client.execute_command("INFO", **target)
        except ResponseError as error:
            raise UnsafeServerError(
                f"the user in the Redis URL may not run INFO ({type(error).__name__})"
            ) from None
        if info.get("loading"):  # until it has read its append-only file, that counts as off
            raise BusyLoadingError(f"{where}the server is still loading its data")
        wrong += [where + fault for fault in faults(info, is_cluster=bool(target))]
        if not info.get("aof_enabled"):
            text = "the append-only file is off, so a restart loses comments: set appendonly yes"
            (warnings if allow_unsafe else wrong).append(where + text)
    if wrong:
        raise UnsafeServerError("this Redis can't be trusted with comments: " + "; ".join(wrong))
    levels = [await _fsync(client, target) for _, target in nodes]
    if None in levels:
        warnings.append("the server does not say (CONFIG GET appendfsync) how often it syncs")
    weakest = next((level for level in ("no", None, "everysec") if level in levels), "always")
    return ServerFacts(
        product=info.get("server_name", "redis"),
        version=str(info.get("valkey_version", info["redis_version"])),
        is_cluster=isinstance(client, RedisCluster),
        primaries=len(nodes),
        aof=bool(info.get("aof_enabled")),
        fsync=weakest if info.get("aof_enabled") else "no",
        warnings=tuple(warnings),
    )


async def primaries(client: Client) -> list[tuple[str, dict[str, Any]]]:
    """Return for each primary how a message names it and what sends a command to it."""
    if not isinstance(client, RedisCluster):
        return [("", {})]
    try:
        await client.initialize()
    except RedisClusterException as error:
        raise RedisConnectionError(str(error)) from error
    return [(f"{node.name}: ", {"target_nodes": node}) for node in client.get_primaries()]


def faults(info: dict[str, Any], *, is_cluster: bool) -> list[str]:
    """Return why a server, by its INFO, can't serve; of the append-only file nothing is said."""
    found = []
    version = str(info.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST:
        found.append(f"version {version} is older than 7.0")
    policy = info.get("maxmemory_policy")
    if policy != "noeviction":
        found.append(f"maxmemory-policy is {policy}, which deletes comments: set noeviction")
    if info.get("role") != "master":
        found.append("it is a replica, which takes no writes: name the primary, or Sentinel")
    if info.get("cluster_enabled") and not is_cluster:
        found.append("it is a node of a cluster: write redis+cluster:// in the URL")
    return found


async def _fsync(client: Client, target: dict[str, Any]) -> str | None:
    try:
        answer = await client.execute_command("CONFIG GET", "appendfsync", **target)
    except ResponseError:  # managed servers keep CONFIG to themselves
        return None
    return answer.get("appendfsync") if isinstance(answer, dict) else None
