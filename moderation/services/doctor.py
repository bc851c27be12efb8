"""`moderation doctor`: look at everything that the service needs, and change nothing.

Every check is made, whatever came of the one before, so that one look shows all that is wrong. It
sends no comment anywhere: a scorer is loaded and judged by its own test, a receiver is asked for
nothing but whether it is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from redis.asyncio.sentinel import MasterNotFoundError
from redis.exceptions import AuthenticationError, RedisClusterException, RedisError, ResponseError

from moderation.defaults import POLICIES_DIR
from moderation.domain.errors import InvalidError
from moderation.scoring.running import RunningScorer
from moderation.scoring.scorer import ScorerUnavailableError
from moderation.services import findings
from moderation.services.calling import sending
from moderation.services.findings import Finding, Level
from moderation.services.policies import read_policies
from moderation.settings import Settings
from moderation.sites import origin_of
from moderation.store import keys
from moderation.store.client import Client, Clients, UrlError, connect
from moderation.store.examination import commands, examine
from moderation.store.store import StoreMismatchError, check_install

_START_S = 60.0
_CALLBACKS = {
    "address_refused": ("its address is a private one", "list it in callbacks.allow_private_hosts"),
    "bad_certificate": ("its TLS certificate is not trusted", "mend the receiver's certificate"),
    "timeout": ("it does not answer in time", "see the way out: firewall, DNS, the receiver"),
    "unreachable": ("no connection", "see the way out: firewall, DNS, the receiver"),
}


async def examined(settings: Settings, url: str | None) -> AsyncGenerator[Finding]:
    """Yield what each check found. `url`: the server's; None where none is to be asked."""
    yield _policies(settings)
    if url is not None:
        async with aclosing(_store(settings, url)) as findings:
            async for finding in findings:
                yield finding
    for role, spec in (("model", settings.scorer.spec), ("shadow model", settings.shadow.spec)):
        if spec is not None:
            yield await _model(role, spec, settings)
    async for finding in _callbacks(settings):
        yield finding


def _policies(settings: Settings) -> Finding:
    directory = settings.policies_dir or POLICIES_DIR
    remedy = "mend the file; `moderation policy replay` shows what it would do"
    try:
        found = read_policies(directory)
    except (InvalidError, OSError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        return Finding("policies", Level.FAIL, said or "can't be read", remedy)
    names = {policy.name for policy in found}
    lacking = {site.policy for site in settings.sites.values()} - names
    if lacking:
        return Finding("policies", Level.WARN, f"no file has the policy {', '.join(lacking)}",
                       "well if it was applied to the store before; else add its file")  # fmt: skip
    return Finding("policies", Level.OK, ", ".join(sorted(names)))


async def _store(settings: Settings, url: str) -> AsyncGenerator[Finding]:
    try:
        clients = connect(url)
    except UrlError as error:
        yield Finding("redis", Level.FAIL, str(error), "mend redis_url")
        return
    try:
        async with _closing(clients):
            is_watched = url.startswith(("redis+sentinel:", "rediss+sentinel:"))
            async for finding in _of_store(settings, clients, is_watched=is_watched):
                yield finding
    except MasterNotFoundError:
        yield Finding("redis", Level.FAIL, "no Sentinel that answers knows a primary of this name",
                      "see hosts and service in redis_url, and SENTINEL MASTERS there")  # fmt: skip
    except AuthenticationError:
        yield Finding("redis", Level.FAIL, "user or password are refused", "mend redis_url")
    except ResponseError as error:
        yield Finding("redis", Level.FAIL, f"it refuses to say what it is ({type(error).__name__})",
                      "ACL SETUSER … +info +hgetall, for a cluster +command +cluster")  # fmt: skip
    except (RedisError, RedisClusterException, OSError) as error:
        yield Finding("redis", Level.FAIL, f"can't be reached ({type(error).__name__})",
                      "is it running, and reachable from here? see redis_url")  # fmt: skip


@asynccontextmanager
async def _closing(clients: Clients) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await clients.aclose()


async def _of_store(
    settings: Settings, clients: Clients, *, is_watched: bool
) -> AsyncIterator[Finding]:
    is_cluster, durability = clients.is_cluster, settings.store.durability
    wanted = commands(is_cluster=is_cluster) | findings.optional()
    if durability == "replicated":
        wanted |= {"WAIT"}
    nodes = await examine(clients.commands, wanted)
    for finding in findings.of_server(
        nodes,
        durability=durability,
        allow_unsafe=settings.store.allow_unsafe_server,
        is_cluster=is_cluster,
        is_watched=is_watched,
    ):
        yield finding
    yield await _install(settings, clients.commands)


async def _install(settings: Settings, client: Client) -> Finding:
    """Judge whether the store is one that these settings may open."""
    found = await client.hgetall(keys.INSTALL)
    if not found:
        return Finding("store", Level.OK, "empty: the first start makes it")
    secret = settings.store.secret
    try:
        check_install(
            found,
            shards=settings.store.shards,
            secret=secret.get_secret_value().encode() if secret else None,
        )
    except StoreMismatchError as error:
        return Finding("store", Level.FAIL, str(error),
                       "set store.shards and store.secret as they were then")  # fmt: skip
    return Finding("store", Level.OK, f"schema {found['schema']}, {found['shards']} shards")


async def _model(role: str, spec: str, settings: Settings) -> Finding:
    """Load a scorer as the service does, its files checked against their pins, and end it."""
    limit = settings.scorer.max_rss_mb
    try:
        scorer = await RunningScorer.start(
            spec, threads=settings.scorer.threads, timeout_s=_START_S
        )
    except ScorerUnavailableError as error:
        return Finding(role, Level.FAIL, str(error), "until it loads, every comment is held")
    try:
        size = scorer.rss_mb()
    finally:
        await scorer.kill()
    said = f"{scorer.model.name} {scorer.model.version}, {size:.0f} MiB a process"
    if size > limit:
        return Finding(role, Level.FAIL, f"{said}, over scorer.max_rss_mb", "raise the limit")
    return Finding(role, Level.OK, said)


async def _callbacks(settings: Settings) -> AsyncIterator[Finding]:
    origins = {
        origin
        for site in settings.sites.values()
        for origin in (*site.callback_origins, *filter(None, [_own_origin(site.callback_url)]))
    }
    if not origins:
        yield Finding("callbacks", Level.OK, "no site has a receiver; decisions are in the feed")
        return
    async with sending(settings) as sender:
        outcomes = await asyncio.gather(*(sender.reach(origin) for origin in sorted(origins)))
        for origin, outcome in zip(sorted(origins), outcomes, strict=True):
            if outcome == "reached":
                yield Finding("callbacks", Level.OK, f"{origin} answers")
            else:
                why, remedy = _CALLBACKS[outcome]
                yield Finding("callbacks", Level.FAIL, f"{origin}: {why}", remedy)


def _own_origin(url: str | None) -> str | None:
    return origin_of(url) if url else None
