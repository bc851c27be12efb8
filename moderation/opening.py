"""From settings to an open store: whose server, what it can keep, which site.

Used by the service and by the commands beside it, so that both see the same store.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import structlog

from moderation.credentials import Credentials, credentials
from moderation.settings import Settings
from moderation.store.client import connect
from moderation.store.embedded import EmbeddedServer
from moderation.store.server_check import ServerFacts, check_server
from moderation.store.store import Store, down_on_error, open_store
from moderation.telemetry import Metrics

log = structlog.get_logger(__name__)


class StartError(RuntimeError):
    """The service can't start; the message is for the operator."""


#: What the generated site brings where the configuration of site `default` leaves it out.
_GENERATED = ("api_keys", "webhook_secrets", "callback_secrets")


def with_credentials(settings: Settings, data_dir: Path) -> tuple[Settings, Credentials | None]:
    """Complete the sites with generated credentials, and check what needs them.

    With the embedded server, a site `default` is generated where no site is configured; where
    `default` is configured without keys or secrets, it takes those that are missing. Raises
    StartError, CredentialsError.
    """
    made = None
    own = settings.sites.get("default")
    is_whole = bool(own and all(getattr(own, field) for field in _GENERATED))
    if settings.redis_url is None and not is_whole and (own or not settings.sites):
        made = credentials(data_dir)
        site = made.site
        if own:
            lacking = [field for field in _GENERATED if not getattr(own, field)]
            site = own.model_copy(update={field: getattr(site, field) for field in lacking})
        made = replace(made, site=site)
        settings = settings.model_copy(update={"sites": {**settings.sites, made.name: site}})
    for name, site in settings.sites.items():
        if (site.callback_url or site.callback_origins) and not site.callback_secrets:
            raise StartError(f"sites.{name}: callbacks are signed, so callback_secrets needs one")
    if settings.review.oidc.issuer and not settings.review.oidc.roles:
        raise StartError("review.oidc.roles: without a role for some group nobody comes in")
    for name in settings.review.oidc.named_sites() - settings.sites.keys():
        raise StartError(f"review.oidc.sites: there is no site {name}")
    return settings, made


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
    """Yield the open store at `url`.

    Raises UnsafeServerError, StoreMismatchError, and RedisError or StoreDownError when the server
    can't be reached.
    """
    clients = connect(url)
    try:
        facts = await check_server(
            clients.commands, allow_unsafe=settings.store.allow_unsafe_server
        )
        for warning in facts.warnings:
            log.warning("server", warning=warning)
        _check_durability(settings, facts, is_cluster=clients.is_cluster)
        secret = settings.store.secret
        async with down_on_error():
            store = await open_store(
                clients,
                shards=settings.store.shards,
                secret=secret.get_secret_value().encode() if secret else None,
                replicas=1 if settings.store.durability == "replicated" else 0,
                metrics=metrics,
            )
        yield store
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
