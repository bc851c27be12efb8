"""Requests that try to leave something of themselves in the metrics, and what may stand there."""

from __future__ import annotations

import asyncio
import random
import string
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp
from prometheus_client import CollectorRegistry
from yarl import URL

from moderation.web.server import create_api
from tests.ops.label_values import values
from tests.web.kit import Service, key

#: Stands in all that a request can hold; it may not come out again.
CANARY = "kanarienvogel"
_METHODS = (*["GET"] * 4, *["POST"] * 6, "PUT", "DELETE", "PATCH", "HEAD", "PROPFIND", "SPY")
_LETTERS = string.ascii_letters + string.digits + "-_.~/"
_PATHS = (
    "/v1/comments", "/v1/comments/{}", "/v1/comments/{}/decision", "/v1/comments/{}/history",
    "/v1/comments/batch", "/v1/decisions", "/v1/queue", "/v1/callbacks/{}/retry", "/v1/{}",
    "/{}", "/item/{}", "/static/{}", "/welcome/{}", "/login", "/metrics",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """One request; its parts are of no use to anybody."""

    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def fuzzed(dice: random.Random, count: int) -> Iterator[Request]:
    """Return so many requests: good and bad methods, paths, keys, headers and bodies."""

    def junk() -> str:
        return CANARY + "".join(dice.choices(_LETTERS, k=dice.randrange(24)))

    for _ in range(count):
        headers = {"User-Agent": junk().encode("ascii", "replace").decode()}
        headers["X-Request-Id"] = dice.choice((CANARY + str(dice.random()), "a b", "x" * 200))
        headers["traceparent"] = dice.choice(
            (f"00-{dice.getrandbits(128):032x}-{dice.getrandbits(64):016x}-01", CANARY)
        )
        if dice.random() < 0.8:
            scope = dice.choice(("submit", "moderate", "admin"))
            given = key("default", scope) if dice.random() < 0.8 else CANARY
            headers["Authorization"] = f"Bearer {given}"
        headers["Content-Type"] = dice.choice(("application/json", "text/plain", CANARY))
        body = dice.choice(
            (
                f'{{"text": "{CANARY} {dice.random()}"}}'.encode(),
                f'{{"text": "{CANARY}", "labels": ["{CANARY}"], "{CANARY}": 1}}'.encode(),
                b'{"text": ',
                dice.randbytes(40),
                b"",
            )
        )
        path = dice.choice(_PATHS).format(dice.choice((junk(), f"c_{dice.getrandbits(128):032x}")))
        yield Request(dice.choice(_METHODS), path, headers, body)


async def send(service: Service, requests: Iterator[Request], *, at_once: int) -> None:
    """Send all, so many at once; what the answers say is of no matter."""

    async def sender(session: aiohttp.ClientSession) -> None:
        for one in requests:
            url = URL(service.url + one.path, encoded=True)
            # A server may end a connection after a request that is none.
            with suppress(aiohttp.ClientError):
                async with session.request(
                    one.method, url, headers=one.headers, data=one.body, allow_redirects=False
                ) as response:
                    await response.read()

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(sender(session) for _ in range(at_once)))


def answered(registry: CollectorRegistry) -> float:
    """Return how many requests were counted."""
    return sum(
        sample.value
        for family in registry.collect()
        for sample in family.samples
        if sample.name == "moderation_http_requests_total"
    )


def series(registry: CollectorRegistry) -> set[str]:
    """Return the series that a scrape would show."""
    return {
        f"{sample.name} {sorted(sample.labels.items())}"
        for family in registry.collect()
        for sample in family.samples
    }


def labels_outside(registry: CollectorRegistry, service: Service) -> list[str]:
    """Return what stands in a label and is not in its closed set."""
    routes = create_api(service.context).router.resources()
    templates = {route.canonical for route in routes} | {"unmatched"}
    found = []
    for family in registry.collect():
        metric = family.name.removeprefix("moderation_")
        if metric == family.name:  # the process's and Python's own
            continue
        for sample in family.samples:
            for label, value in sample.labels.items():
                if label in {"le", "version", "name"}:
                    continue
                allowed = templates if label == "route" else values(metric, label)
                if value not in allowed:
                    found.append(f"{sample.name} {label}={value!r}")
    return found
