"""Connections to Redis: one way in for a single server, TLS, a Unix socket, Sentinel and Cluster.

Two clients, because they fail differently. `commands` answers soon or not at all, and repeats a
command once when its connection breaks, since every script of ours may run twice. `blocking` waits
for work and repeats nothing: a repeated blocking read would strand what the first one took.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.maint_notifications import MaintNotificationsConfig

from moderation.store.server_url import UrlError, parse

__all__ = ["Client", "Clients", "UrlError", "connect"]

# `Redis` or `RedisCluster`. Their types call every answer bytes or str, whatever decode_responses
# says, so to check against them would only breed casts.
Client: TypeAlias = Any

# redis-py takes these as one answer shape whatever the server's protocol; maintenance
# notifications belong to one vendor's cloud and cost a round trip a connection.
_COMMON: dict[str, Any] = {"protocol": 3, "legacy_responses": False, "decode_responses": True}
_NO_NOTICES = MaintNotificationsConfig(enabled=False)
_BLOCK_MARGIN_S = 3.0


@dataclass(frozen=True)
class Clients:
    """The two clients of one server or cluster. Close both by `aclose`."""

    commands: Client = field(repr=False)
    blocking: Client = field(repr=False)
    is_cluster: bool
    closing: tuple[Callable[[], Awaitable[None]], ...] = field(repr=False)

    async def aclose(self) -> None:
        """Close every connection."""
        for close in self.closing:
            await close()


def connect(
    url: str, *, timeout_s: float = 2.0, block_s: float = 5.0, max_connections: int = 64
) -> Clients:
    """Return clients for `url`; nothing is sent before the first command. Raises UrlError.

    `timeout_s`: the longest wait for an answer, a connection, or a free one of `max_connections`.
    `block_s`: the longest BLOCK of a blocking command. Use within one event loop.
    """
    scheme, hosts, options = parse(url)
    wait_s = block_s + _BLOCK_MARGIN_S
    commands = options | _answers(timeout_s, timeout_s, retries=1)
    blocking = options | _answers(wait_s, timeout_s, retries=0)
    if scheme.endswith("+cluster"):
        pair = [_cluster(hosts, kwargs, max_connections) for kwargs in (commands, blocking)]
        return _clients(pair, is_cluster=True)
    if scheme.endswith("+sentinel"):
        return _sentinels(hosts, [commands, blocking], max_connections)
    waiting = BlockingConnectionPool(
        max_connections, timeout_s, maint_notifications_config=_NO_NOTICES, **commands
    )
    idle = ConnectionPool(
        max_connections=max_connections, maint_notifications_config=_NO_NOTICES, **blocking
    )
    return _clients([Redis.from_pool(waiting), Redis.from_pool(idle)], is_cluster=False)


def _answers(timeout_s: float, connect_s: float, *, retries: int) -> dict[str, Any]:
    # A broken connection is repeated, a silent server is not: that would double the wait.
    retry = Retry(NoBackoff(), retries, (RedisConnectionError,))
    timeouts = {"socket_timeout": timeout_s, "socket_connect_timeout": connect_s}
    return _COMMON | timeouts | {"retry": retry}


def _clients(pair: list[Client], *others: Client, is_cluster: bool) -> Clients:
    commands, blocking = pair
    closing = tuple(client.aclose for client in (*pair, *others))
    return Clients(commands, blocking, is_cluster, closing)


def _cluster(
    hosts: list[tuple[str, int]], options: dict[str, Any], max_connections: int
) -> RedisCluster:
    return RedisCluster(
        startup_nodes=[ClusterNode(*host) for host in hosts],
        max_connections=max_connections,
        maint_notifications_config=_NO_NOTICES,
        **options,
    )


def _sentinels(
    hosts: list[tuple[str, int]], both: list[dict[str, Any]], max_connections: int
) -> Clients:
    first = both[0]
    own = {key: first[key] for key in first if key.startswith(("socket_", "ssl"))}
    for options in both:
        for key in ("username", "password"):
            if value := options.pop(f"sentinel_{key}", None):
                own[key] = value
    sentinel: Client = Sentinel(  # type: ignore[no-untyped-call]
        hosts, sentinel_kwargs=own | {"retry": Retry(NoBackoff(), 0)}
    )
    pair = [
        sentinel.master_for(
            options.pop("service"),
            max_connections=max_connections,
            maint_notifications_config=_NO_NOTICES,
            **options,
        )
        for options in both
    ]
    return _clients(pair, sentinel, is_cluster=False)
