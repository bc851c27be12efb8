"""What the handlers of the API and the page are given: the use cases, the settings, the metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from moderation.services.direct import DirectScoring
from moderation.services.explaining import Explaining
from moderation.services.intake import Intake
from moderation.services.keeping import Keeping
from moderation.services.listing import Listing
from moderation.services.live import Live
from moderation.services.people import People
from moderation.services.policies import PolicyBook
from moderation.services.review import Review
from moderation.services.reviewing import Reviewing
from moderation.settings import Settings
from moderation.store.store import Store
from moderation.telemetry import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiContext:
    """Made once at start. `draining` is true from SIGTERM on: new submissions go elsewhere."""

    settings: Settings = field(repr=False)
    store: Store
    intake: Intake
    listing: Listing
    review: Review
    explaining: Explaining
    direct: DirectScoring
    keeping: Keeping
    people: People
    reviewing: Reviewing
    live: Live
    policies: PolicyBook
    metrics: Metrics
    draining: Callable[[], bool]


CONTEXT: web.AppKey[ApiContext] = web.AppKey("context", ApiContext)
