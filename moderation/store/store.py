"""An open store: the clients, how many shards, and the secret under which things are hashed.

Opening it once creates what every later open checks: the number of shards and the installation
secret are kept in the store itself, because another number or secret would not find what is there.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from moderation.domain.comment import shard_of
from moderation.domain.errors import StoreDownError, StoreFault
from moderation.store import keys, scripts
from moderation.store.client import Clients
from moderation.telemetry import Metrics

SCHEMA = 1
#: What redis-py raises, the narrower kinds first.
_FAULTS: tuple[tuple[tuple[type[BaseException], ...], StoreFault], ...] = (
    ((RedisTimeoutError, TimeoutError), StoreFault.TIMEOUT),
    ((AuthenticationError, AuthorizationError, NoPermissionError), StoreFault.AUTH),
    ((RedisConnectionError, RedisClusterException, OSError), StoreFault.CONNECTION),
    ((OutOfMemoryError,), StoreFault.FULL),
    ((ReadOnlyError,), StoreFault.READ_ONLY),
    ((ResponseError,), StoreFault.REFUSED),
)


class StoreMismatchError(RuntimeError):
    """The store was made with other settings than these; the message says which."""


@dataclass(frozen=True, slots=True)
class Store:
    """What every store function takes first."""

    clients: Clients = field(repr=False)
    shards: int
    secret: bytes = field(repr=False)
    metrics: Metrics | None = field(default=None, repr=False)
    replicas: int = 0  # how many must have a change before it counts; 0: the primary's disk

    @property
    def redis(self) -> Any:  # noqa: ANN401
        """Return the client for short commands."""
        return self.clients.commands

    def shard(self, name: str) -> int:
        """Return the shard of a comment id or another hash."""
        return shard_of(name, self.shards)

    async def run(self, script: str, shard: int, *args: str | float) -> Any:  # noqa: ANN401
        """Run a script; a Redis failure, or too few replicas in time, is a StoreDownError."""
        started = time.perf_counter()
        async with down_on_error():
            answer = await self._run(script, shard, *args)
        if self.metrics:
            duration = time.perf_counter() - started
            self.metrics.redis_duration.labels(script).observe(duration)
        return answer

    async def _run(self, script: str, shard: int, *args: str | float) -> Any:  # noqa: ANN401
        if not (self.replicas and script in scripts.PROMISES):
            return await scripts.run(self.redis, script, shard, *args)
        answer, reached = await scripts.run_replicated(
            self.redis, script, shard, self.replicas, *args
        )
        if reached < self.replicas:
            raise StoreDownError("too few replicas have the change", StoreFault.REPLICAS)
        return answer


@asynccontextmanager
async def down_on_error() -> AsyncIterator[None]:
    """Turn whatever redis-py raises when a server is away or full into one refusal.

    During a failover redis-py was seen to raise AttributeError and OSError too.
    """
    try:
        yield
    except (RedisError, RedisClusterException, OSError, AttributeError) as error:
        raise StoreDownError(
            "the store can't be reached or refuses to write", _why(error)
        ) from error
    except RuntimeError as error:
        # uvloop says so of a connection that redis-py closed under another task; a refusal of ours
        # (StoreMismatchError) is a kind of its own.
        if type(error) is not RuntimeError:
            raise
        raise StoreDownError(
            "the connection to the store was closed", StoreFault.CONNECTION
        ) from error
    finally:
        # redis-py swallows a cancellation that meets it while it connects; a task that went on
        # then would never end.
        task = asyncio.current_task()
        if task and task.cancelling():
            raise asyncio.CancelledError


def _why(error: Exception) -> StoreFault:
    if isinstance(error, ResponseError) and "NOREPLICAS" in str(error):
        return StoreFault.REPLICAS  # the server's own `min-replicas-to-write`
    return next((why for kinds, why in _FAULTS if isinstance(error, kinds)), StoreFault.OTHER)


async def open_store(
    clients: Clients,
    *,
    shards: int | None,
    secret: bytes | None,
    replicas: int = 0,
    metrics: Metrics | None = None,
) -> Store:
    """Open the store, on first use with `shards` (None: 16 in a cluster, else 1) and `secret`.

    Raises StoreMismatchError when the store was made with others.
    """
    redis = clients.commands
    wanted = shards or (16 if clients.is_cluster else 1)
    made_secret = secret or secrets.token_bytes(32)
    found = await redis.hgetall(keys.INSTALL)
    # A start writes only what is missing, so that it succeeds on a server whose memory is full.
    first = {"schema": str(SCHEMA), "shards": str(wanted), "secret": made_secret.hex()}
    if not first.keys() <= found.keys():
        for name, value in first.items():
            await redis.hsetnx(keys.INSTALL, name, value)
        found = await redis.hgetall(keys.INSTALL)
    check_install(found, shards=shards, secret=secret)
    store = Store(clients, int(found["shards"]), bytes.fromhex(found["secret"]), metrics, replicas)
    await make_groups(store)
    return store


def check_install(found: dict[str, str], *, shards: int | None, secret: bytes | None) -> None:
    """Raise StoreMismatchError when what the store was made with is not what is wanted of it.

    `found`: the hash `keys.INSTALL`, whole. None wants nothing.
    """
    if int(found["schema"]) != SCHEMA:
        raise StoreMismatchError(f"the store has schema {found['schema']}, this version {SCHEMA}")
    if shards and int(found["shards"]) != shards:
        raise StoreMismatchError(f"the store has {found['shards']} shards, the settings {shards}")
    if secret and bytes.fromhex(found["secret"]) != secret:
        raise StoreMismatchError("the store was made with another installation secret")


async def make_groups(store: Store) -> None:
    """Create the consumer group of every work stream, where it is not there yet."""
    for shard in range(store.shards):
        for lane in keys.LANES:
            stream = keys.queue(shard, lane)
            with suppress(ResponseError):  # no such stream
                if await store.redis.xinfo_groups(stream):
                    continue
            try:
                await store.redis.xgroup_create(stream, keys.GROUP, id="0", mkstream=True)
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise
