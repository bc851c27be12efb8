"""The store at a start: waited for while it is away, and given what it has to hold."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, suppress

import structlog
from redis.exceptions import AuthenticationError, AuthorizationError, RedisError

from moderation.defaults import POLICIES_DIR
from moderation.domain.errors import NotFoundError, StoreDownError
from moderation.opening import StartError, open_at
from moderation.services.policies import seed
from moderation.settings import Settings
from moderation.store import api_keys, policies, tallies
from moderation.store.store import Store
from moderation.telemetry import Metrics

_RETRY_S = 0.5

log = structlog.get_logger(__name__)


async def opened(
    stack: AsyncExitStack, settings: Settings, url: str, metrics: Metrics, stop: asyncio.Event
) -> Store | None:
    """Open and seed the store, waiting for one that is not there yet; None when told to stop.

    A process that is restarted in the middle of a failover must not give up because of it. Raises
    StartError, StoreDownError, redis-py's errors.
    """
    deadline = time.monotonic() + settings.store.start_timeout_s
    while not stop.is_set():
        try:
            async with AsyncExitStack() as attempt:
                store = await attempt.enter_async_context(open_at(settings, url, metrics))
                await _seed(store, settings)
                stack.push_async_exit(attempt.pop_all())
                return store
        except (AuthenticationError, AuthorizationError):
            raise  # waiting won't mend a wrong password
        except (RedisError, StoreDownError) as error:
            if time.monotonic() >= deadline:
                raise
            log.warning(
                "waiting for the store",
                error=type(error).__name__,
                at="REDIS_URL" if settings.redis_url else "the embedded server",
                left_s=round(deadline - time.monotonic()),
            )
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _RETRY_S)
    return None


async def _seed(store: Store, settings: Settings) -> None:
    for name in await seed(store, settings.policies_dir or POLICIES_DIR):
        log.info(
            "the stored policy is used, not its file, which differs; "
            "`policy apply` would put the file over what was applied since",
            name=name,
        )
    await tallies.configure(
        store,
        keep_ms=settings.retention.record_ms,
        sample_share=settings.review.sample_share,
    )
    opened = {key.site for key in await api_keys.listed(store)}
    opened |= {hook.site for hook in settings.hooks.values()}
    for site, configured in settings.sites.items():
        if not (configured.may_submit or site in opened):
            log.warning("nobody can submit for this site yet; see `moderation keys`", site=site)
        try:
            await policies.current(store, configured.policy)
        except NotFoundError as error:
            raise StartError(f"sites.{site}.policy: {error}") from error
