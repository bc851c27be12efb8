"""One attempt at a callback: where it may go, what is sent, and what came of it.

An address is checked where the socket is made, on what the name resolved to; redirects are not
followed and proxies of the environment not used, so that nothing else is ever reached.
"""

from __future__ import annotations

import socket
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from email.utils import parsedate_to_datetime
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from moderation import tracing
from moderation.domain import delivery
from moderation.domain.addresses import Network, may_call
from moderation.domain.signature import sign
from moderation.services.answers import answer_at, timestamp
from moderation.settings import Settings
from moderation.store import outbox


class RefusedAddressError(OSError):
    """A callback's host resolved to an address that callbacks may not reach."""


@asynccontextmanager
async def sending(settings: Settings) -> AsyncIterator[Sender]:
    """Open what callbacks are sent by."""
    hosts, networks = _listed(settings.callbacks.allow_private_hosts)

    def checked(address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, endpoint = address
        if not may_call(str(endpoint[0]), networks):
            raise RefusedAddressError("callbacks may not reach this address")
        return socket.socket(family, kind, protocol)

    def session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=settings.callbacks.timeout_s),
            trust_env=False,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async with AsyncExitStack() as stack:
        yield Sender(
            settings,
            await stack.enter_async_context(
                session(aiohttp.TCPConnector(socket_factory=checked, limit=0))
            ),
            await stack.enter_async_context(session(aiohttp.TCPConnector(limit=0))),
            hosts,
        )


class Sender:
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
        headers["Content-Type"] = "application/json"
        with tracing.span(
            "callback", callback.state.get("tr", ""), "client",
            comment=callback.comment, version=callback.version, attempt=callback.attempts + 1,
        ) as span:  # fmt: skip
            if span.traceparent:
                headers["traceparent"] = span.traceparent
            outcome, retry_after = await self._sent(url, body, headers)
            span.note(outcome=outcome)
            return outcome, retry_after

    async def _sent(
        self, url: str, body: bytes, headers: dict[str, str]
    ) -> tuple[str, float | None]:
        try:
            async with self._session(url).post(
                url, data=body, headers=headers, allow_redirects=False
            ) as response:
                # Only so that the connection can be used again: the status has said it all.
                with suppress(TimeoutError, aiohttp.ClientError, OSError):
                    await response.content.read(self._settings.callbacks.max_response_bytes)
                return _outcome(response.status), _retry_after(response.headers)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            return _no_answer(error), None

    async def reach(self, origin: str) -> str:
        """Return `reached` when something speaks HTTP at an origin, else the outcome of trying.

        Nothing is said to it: HEAD of `/`, whose answer is of no matter.
        """
        try:
            async with self._session(origin).head(origin, allow_redirects=False):
                return "reached"
        except aiohttp.ClientConnectorCertificateError:
            return "bad_certificate"
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            return _no_answer(error)

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


def _no_answer(error: Exception) -> str:
    if isinstance(error, RefusedAddressError) or isinstance(
        getattr(error, "os_error", None), RefusedAddressError
    ):
        return "address_refused"
    return "timeout" if isinstance(error, TimeoutError) else "unreachable"


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
