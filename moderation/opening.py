"""From settings to an open store: whose server, what it can keep, which site.

Used by the service and by the commands beside it, so that both see the same store.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from moderation.credentials import Credentials, credentials
from moderation.settings import Settings
from moderation.store.client import connect
from moderation.store.embedded import EmbeddedServer
from moderation.store.server_check import ServerFacts, check_server
from moderation.store.store import Store, open_store
from moderation.telemetry import Metrics

log = structlog.get_logger(__name__)


class StartError(RuntimeError):
    """The service can't start; the message is for the operator."""


def with_credentials(settings: Settings, data_dir: Path) -> tuple[Settings, Credentials | None]:
    """Add the generated site where the server is embedded and no site is configured."""
    if settings.redis_url is not None or settings.sites:
        return settings, None
    made = credentials(data_dir)
    return settings.model_copy(update={"sites": {made.name: made.site}}), made


@asynccontextmanager
async def server_url(settings: Settings, role: str, data_dir: Path) -> AsyncIterator[str]:
    """Yield the URL of the server to use: the configured one, else an embedded one of our own."""
    if settings.redis_url is not None:
        yield settings.redis_url.get_secret_value()
        return
    if role != "all":
        raise StartError(
            f"role {role} alone needs REDIS_URL: the embedded server belongs to one process, "
            "which runs all roles"
        )
    server = EmbeddedServer(data_dir)
    url = await server.start()
    try:
        yield url
    finally:
        await server.stop()


@asynccontextmanager
async def open_at(
    settings: Settings, url: str, metrics: Metrics | None = None
) -> AsyncIterator[Store]:
    """Yield the open store at `url`. Raises UnsafeServerError, StoreMismatchError, RedisError."""
    clients = connect(url)
    try:
        facts = await check_server(
            clients.commands, allow_unsafe=settings.store.allow_unsafe_server
        )
        for warning in facts.warnings:
            log.warning("server", warning=warning)
        _check_durability(settings, facts, is_cluster=clients.is_cluster)
        secret = settings.store.secret
        yield await open_store(
            clients,
            shards=settings.store.shards,
            secret=secret.get_secret_value().encode() if secret else None,
            replicas=1 if settings.store.durability == "replicated" else 0,
            metrics=metrics,
        )
    finally:
        await clients.aclose()


def _check_durability(settings: Settings, facts: ServerFacts, *, is_cluster: bool) -> None:
    """Refuse or warn of a server that can't keep what `store.durability` says."""
    wanted = settings.store.durability
    if wanted == "replicated" and is_cluster:
        raise StartError("store.durability: `replicated` is not served with a cluster yet")
    if wanted == "always" and facts.fsync != "always":
        log.warning(
            "a power cut may lose the last second: the server's appendfsync is not `always`; "
            "set it, or say so with store.durability = everysec"
        )
