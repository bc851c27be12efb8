"""The operators' port: probes and metrics, without authentication; never reachable from outside.

`/livez` asks nothing but the event loop: what restarts a process must not depend on Redis.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import structlog
from aiohttp import web
from prometheus_client.aiohttp import make_aiohttp_handler

from moderation.telemetry import Metrics
from moderation.web import middlewares
from moderation.web.call import json_response

Checks = Callable[[], Awaitable[Mapping[str, bool]]]

#: A check that takes longer is as good as failed: readiness tells an outage within two seconds.
_CHECK_S = 1.5

log = structlog.get_logger("moderation.web")


def create_ops(
    metrics: Metrics, *, ready: Checks, started: Checks, measure: Callable[[], Awaitable[None]]
) -> web.Application:
    """Return the application; serve it by `create_runner`.

    `ready` and `started` return each check's name and whether it passes. `measure` sets the gauges
    before a scrape is answered.
    """
    app = web.Application(middlewares=[middlewares.request_id, middlewares.answered(metrics)])

    async def livez(_: web.Request) -> web.Response:
        return json_response({"status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        return _probe(await _checked(ready))

    async def startupz(_: web.Request) -> web.Response:
        return _probe(await _checked(started))

    app.router.add_get("/livez", livez)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/startupz", startupz)
    exposed = make_aiohttp_handler(metrics.registry)

    async def scraped(request: web.Request) -> web.StreamResponse:
        await measure()
        return await exposed(request)

    app.router.add_get("/metrics", scraped)
    return app


async def _checked(checks: Checks) -> Mapping[str, bool]:
    try:
        async with asyncio.timeout(_CHECK_S):
            return await checks()
    except TimeoutError:
        return {"answers_in_time": False}
    except Exception:
        log.exception("check failed")
        return {"answers": False}


def _probe(found: Mapping[str, bool]) -> web.Response:
    passes = all(found.values())
    status = HTTPStatus.OK if passes else HTTPStatus.SERVICE_UNAVAILABLE
    return json_response({"status": "ok" if passes else "failed", "checks": found}, status)
