"""How the service is doing now and did in the last hours, for those without a Prometheus."""

from __future__ import annotations

import time

from aiohttp import web

from moderation import __version__
from moderation.services.recent import Recent, Sample
from moderation.store import tallies, workers
from moderation.web.review.ops.figures import figures
from moderation.web.review.visit import Visit, visit
from moderation.web.review.wording import for_how_long, named

RECENT: web.AppKey[Recent] = web.AppKey("recent", Recent)
_DAY_S = 86_400


async def ops(request: web.Request) -> web.Response:
    """Show the service's figures."""
    here, recent = visit(request), request.app[RECENT]
    samples = recent.samples()
    day = int(time.time() // _DAY_S)
    [today] = await tallies.read(here.context.store, here.site, [day], here.person.id)
    return here.page(
        "ops.html",
        here="ops",
        checks=[(named(check), passes) for check, passes in recent.checks().items()],
        tiles=[*await _tiles(here, samples[-1]), *await _versions(here, recent)],
        figures=figures(samples, today),
        since=for_how_long(samples[-1].at_s - samples[0].at_s),
    )


async def _tiles(here: Visit, now: Sample) -> list[tuple[str, str]]:
    at_work = await workers.count(here.context.store)
    return [
        ("in the queue", _count(now, "queued")),
        ("oldest queued", _age(now, "oldest")),
        ("workers", f"{at_work:,}"),
        ("callbacks waiting", _count(now, "callbacks")),
        ("callbacks given up", _count(now, "given_up")),
        ("held for a person", _count(now, "held")),
        ("oldest held", _age(now, "held_oldest")),
        ("open appeals", _count(now, "appeals")),
    ]


async def _versions(here: Visit, recent: Recent) -> list[tuple[str, str]]:
    policy, version = await here.context.policies.for_site(here.site)
    return [
        ("model", recent.model() or "none in this process"),
        ("policy of this site", f"{policy.name}, version {version}"),
        ("service", __version__),
    ]


def _count(now: Sample, name: str) -> str:
    return f"{now.levels[name]:,.0f}" if name in now.levels else "unknown"


def _age(now: Sample, name: str) -> str:
    return for_how_long(now.levels[name]) if name in now.levels else "unknown"
