"""The notifier: posts signed callbacks, at least once each, one in flight a comment.

An address is checked where the socket is made, on what the name resolved to; redirects are not
followed and proxies of the environment not used, so that nothing else is ever reached.
"""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime
from ipaddress import ip_network
from typing import Any, Literal
from urllib.parse import urlsplit

import aiohttp
import structlog

from moderation.domain import delivery
from moderation.domain.addresses import Network, may_call
from moderation.domain.errors import StoreDownError
from moderation.domain.signature import sign
from moderation.services.answers import answer_at, timestamp
from moderation.services.waiting import Waiting
from moderation.settings import Settings
from moderation.store import outbox
from moderation.store.coalescing import Coalescer
from moderation.store.store import Store
from moderation.telemetry import Metrics

_IDLE_S = 1.0
_STORE_RETRY_S = 0.25
#: How long a decision waits for others to be taken and settled with: each call costs an fsync, and
#: to the receiver this is nothing.
_LINGER_S = 0.02

log = structlog.get_logger("moderation.callback")


class RefusedAddressError(OSError):
    """A callback's host resolved to an address that callbacks may not reach."""


class Notifier:
    """One process's sender of callbacks for all shards."""

    def __init__(
        self, store: Store, settings: Settings, waiting: Waiting, metrics: Metrics
    ) -> None:
        self._store = store
        self._settings = settings
        self._waiting = waiting
        self._metrics = metrics
        self._stopping = asyncio.Event()
        self._settling: Coalescer[outbox.Settlement] = Coalescer(self._settle, linger_s=_LINGER_S)
        #: The shards to look at next; empty: all of them.
        self._news: set[int] = set()
        self._hosts, self._networks = _listed(settings.callbacks.allow_private_hosts)

    async def run(self) -> None:
        """Send callbacks until `stop` is called and what is in flight is settled."""
        timeout = aiohttp.ClientTimeout(total=self._settings.callbacks.timeout_s)
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(socket_factory=self._socket, limit=0),
                timeout=timeout,
                trust_env=False,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            ) as checked,
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=timeout,
                trust_env=False,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            ) as listed,
        ):
            sender = _Sender(self._settings, checked, listed, self._hosts)
            in_flight: set[asyncio.Task[None]] = set()
            try:
                while not self._stopping.is_set():
                    await self._round(sender, in_flight)
                if in_flight:
                    await asyncio.wait(in_flight)
            finally:
                for task in in_flight:
                    task.cancel()
                await asyncio.gather(*in_flight, return_exceptions=True)

    def stop(self) -> None:
        """Send nothing more; `run` returns when what is in flight is settled."""
        self._stopping.set()
        self._waiting.decided.set()

    async def _round(self, sender: _Sender, in_flight: set[asyncio.Task[None]]) -> None:
        """Take what is due and has room, then wait until there may be more."""
        shards = self._news or set(range(self._store.shards))
        self._news = set()
        self._waiting.decided.clear()
        self._waiting.decided_on.clear()
        lease_ms = round(self._settings.callbacks.timeout_s * 2000)
        try:
            for shard in shards:
                room = self._settings.callbacks.concurrency - len(in_flight)
                if room <= 0:
                    break
                for callback in await outbox.take(self._store, shard, room, lease_ms):
                    task = asyncio.create_task(self._deliver(sender, callback))
                    in_flight.add(task)
                    task.add_done_callback(in_flight.discard)
        except StoreDownError:
            self._metrics.redis_errors.inc()
            await asyncio.sleep(_STORE_RETRY_S)
        await self._until_news(in_flight)

    async def _until_news(self, in_flight: set[asyncio.Task[None]]) -> None:
        """Wait for a decision or, with no room left, for a delivery; at most a second.

        Without news every shard is looked at: a retry is due, or a hold-back is over.
        """
        news = asyncio.ensure_future(self._waiting.decided.wait())
        is_full = len(in_flight) >= self._settings.callbacks.concurrency
        waited_for = {news, *in_flight} if is_full else {news}
        try:
            await asyncio.wait(waited_for, timeout=_IDLE_S, return_when=asyncio.FIRST_COMPLETED)
            if news.done() and not is_full:
                await asyncio.sleep(_LINGER_S)
            self._news = set() if is_full or not news.done() else set(self._waiting.decided_on)
        finally:
            news.cancel()

    async def _deliver(self, sender: _Sender, callback: outbox.Callback) -> None:
        started = time.monotonic()
        try:
            outcome, retry_after = await sender.post(callback)
        except Exception:  # a fault of ours: it backs off and dead-letters like any failure
            log.exception("callback failed", comment=callback.comment)
            outcome, retry_after = "fault", None
        self._metrics.callback_duration.observe(time.monotonic() - started)
        attempts = callback.attempts + 1
        delay: float | None = 0.0
        settled: Literal["delivered", "retry", "dead"] = "delivered"
        if outcome != "delivered":
            delay = delivery.next_delay(
                attempts,
                self._settings.callbacks.backoff_s,
                random.random(),  # noqa: S311 - spreads load, hides nothing
                retry_after,
            )
            settled = "dead" if delay is None or outcome == "gone" else "retry"
        self._metrics.callbacks.labels(outcome).inc()
        if settled != "delivered":
            log.warning(
                "callback not delivered",
                comment=callback.comment,
                version=callback.version,
                outcome=outcome,
                settled=settled,
                attempts=attempts,
            )
        # Unsettled, the lease lapses and it is sent again: at least once.
        with suppress(StoreDownError):
            done = outbox.Settlement(callback, settled, round((delay or 0.0) * 1000))
            _, left = await self._settling.add(callback.shard, done)
            if left:
                self._waiting.decided_on.add(callback.shard)
                self._waiting.decided.set()

    async def _settle(
        self, shard: int, settlements: list[outbox.Settlement]
    ) -> list[tuple[str, int]]:
        ttl_ms = round(self._settings.retention.approved_text_h * 3_600_000)
        return await outbox.settle(self._store, shard, settlements, approved_ttl_ms=ttl_ms)

    def _socket(self, address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, endpoint = address
        if not may_call(str(endpoint[0]), self._networks):
            raise RefusedAddressError("callbacks may not reach this address")
        return socket.socket(family, kind, protocol)


class _Sender:
    """Makes one attempt and says what came of it."""

    def __init__(
        self,
        settings: Settings,
        checked: aiohttp.ClientSession,
        listed: aiohttp.ClientSession,
        hosts: frozenset[str],
    ) -> None:
        self._settings = settings
        self._checked = checked
        self._listed = listed
        self._hosts = hosts

    async def post(self, callback: outbox.Callback) -> tuple[str, float | None]:
        """Return the outcome (a closed set, for metrics) and the receiver's Retry-After (s)."""
        url = callback.state.get("cb", "")
        secrets = self._secrets(callback.state["s"])
        if not secrets:
            return "no_secret", None
        answer = answer_at(callback.comment, callback.state, callback.event)
        body = delivery.body(timestamp(callback.event["at"]), answer)
        message = delivery.webhook_id(callback.comment, callback.version)
        headers = sign(secrets, message, int(time.time()), body)
        try:
            async with self._session(url).post(
                url,
                data=body,
                headers={**headers, "Content-Type": "application/json"},
                allow_redirects=False,
            ) as response:
                # Only so that the connection can be used again: the status has said it all.
                with suppress(TimeoutError, aiohttp.ClientError, OSError):
                    await response.content.read(self._settings.callbacks.max_response_bytes)
                return _outcome(response.status), _retry_after(response.headers)
        except RefusedAddressError:
            return "address_refused", None
        except TimeoutError:
            return "timeout", None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            refused = isinstance(getattr(error, "os_error", None), RefusedAddressError)
            return ("address_refused" if refused else "unreachable"), None

    def _session(self, url: str) -> aiohttp.ClientSession:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = parts.hostname or ""
        name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return self._listed if name.lower() in self._hosts else self._checked

    def _secrets(self, site: str) -> Sequence[str]:
        configured = self._settings.sites.get(site)
        return [one.get_secret_value() for one in configured.callback_secrets] if configured else []


def _listed(entries: Iterable[str]) -> tuple[frozenset[str], tuple[Network, ...]]:
    """Return the receivers that are listed by name (`host:port`), and the networks."""
    hosts: list[str] = []
    networks: list[Network] = []
    for entry in entries:
        try:
            networks.append(ip_network(entry))  # an address alone is a network of one
        except ValueError:
            hosts.append(entry.lower())
    return frozenset(hosts), tuple(networks)


def _outcome(status: int) -> str:
    if delivery.is_delivered(status):
        return "delivered"
    if delivery.is_final(status):
        return "gone"
    return "refused" if status < 500 else "failed"  # noqa: PLR2004


def _retry_after(headers: Any) -> float | None:  # noqa: ANN401
    raw = headers.get("Retry-After")
    if raw is None:
        return None
    if raw.isascii() and raw.isdigit() and len(raw) < 8:  # noqa: PLR2004
        return float(raw)
    try:
        return max(0.0, parsedate_to_datetime(raw).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
