"""The API as it is served, over a real server, with a real worker: what the web tests ask."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from moderation.defaults import POLICIES_DIR
from moderation.domain.signature import sign
from moderation.services.direct import DirectScoring
from moderation.services.explaining import Explaining
from moderation.services.intake import Intake
from moderation.services.judging import Judge
from moderation.services.keeping import Keeping
from moderation.services.listing import Listing
from moderation.services.live import Live
from moderation.services.passwords import Passwords
from moderation.services.people import People
from moderation.services.policies import PolicyBook, seed
from moderation.services.review import Review
from moderation.services.reviewing import Reviewing
from moderation.services.scoring import LocalScoring
from moderation.services.waiting import Waiting
from moderation.services.worker import Worker
from moderation.settings import Settings
from moderation.store.client import connect
from moderation.store.store import Store, open_store
from moderation.telemetry import Metrics
from moderation.web.context import ApiContext
from moderation.web.server import create_api, create_runner
from tests.fakes.scripted_pool import ScriptedPool

HOOK = "https://cms.example/hook"
SCOPES = ("submit", "moderate", "admin")
CORAL_SECRETS = ("the-signing-secret-of-the-phase", "its-secret-until-yesterday")


def secret(byte: int) -> str:
    return "whsec_" + base64.b64encode(bytes([byte]) * 32).decode()


def key(site: str, scope: str) -> str:
    return f"key-of-{site}-for-{scope}-0123456789"


def settings(
    review: Mapping[str, Any] | None = None,
    others_policy: str = "default",
    coral: Mapping[str, Any] | None = None,
    akismet: Mapping[str, Any] | None = None,
    hooks: Mapping[str, Any] | None = None,
    **api: Any,
) -> Settings:
    """Two sites, each with a key a scope; `others_policy` decides for `other`."""
    sites = {
        site: {
            "webhook_secrets": [secret(byte)],
            "callback_secrets": [secret(byte + 1)],
            "coral_secrets": CORAL_SECRETS if site == "default" else [],
            "callback_origins": ["https://cms.example"],
            "api_keys": [
                {"name": f"{site}-{scope}", "key": key(site, scope), "scopes": [scope]}
                for scope in SCOPES
            ],
            "policy": policy,
        }
        for site, byte, policy in (("default", 1, "default"), ("other", 3, others_policy))
    }
    return Settings(
        sites=sites, api=api, review=review or {}, coral=coral or {}, akismet=akismet or {},
        hooks=hooks or {},
    )  # fmt: skip


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any
    text: str

    def __iter__(self) -> Any:
        return iter((self.status, self.body))


@dataclass
class Service:
    """A running API. `scope` in a call picks the key; None sends none."""

    url: str
    context: ApiContext
    http: aiohttp.ClientSession
    draining: list[bool] = field(default_factory=lambda: [False])

    @property
    def store(self) -> Store:
        return self.context.store

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        scope: str | None = "submit",
        site: str = "default",
        headers: Mapping[str, str] | None = None,
        **params: str,
    ) -> Answer:
        sent = {} if scope is None else {"Authorization": f"Bearer {key(site, scope)}"}
        data = raw if raw is not None or body is None else json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        async with self.http.request(
            method, self.url + path, data=data, headers={**sent, **(headers or {})}, params=params
        ) as response:
            text = await response.text()
            found = json.loads(text) if "json" in response.content_type else None
            return Answer(response.status, response.headers.copy(), found, text)

    async def signed(
        self, method: str, path: str, body: Any, *, name: str = "msg_1", **options: Any
    ) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = signature(raw, name=name, **options)
        return await self.ask(method, path, raw=raw, scope=None, headers=headers)

    async def submit(
        self, text: str = "a fine day", wait: int = 5, **fields: Any
    ) -> dict[str, Any]:
        """Submit a comment and return its answer; 5 s are enough for a decision."""
        headers = {"Prefer": f"wait={wait}"}
        answer = await self.ask("POST", "/v1/comments", {"text": text, **fields}, headers=headers)
        assert answer.status == (200 if wait else 202), answer.text
        return dict(answer.body)

    async def pending(self) -> list[dict[str, Any]]:
        """Return the first hundred comments without a decision."""
        answer = await self.ask("GET", "/v1/decisions", pending="1")
        return list(answer.body["decisions"])

    async def keys(self) -> int:
        return int(await self.store.redis.dbsize())


def signature(
    raw: bytes,
    *,
    name: str = "msg_1",
    site: str = "default",
    with_secret: str | None = None,
    at: float | None = None,
) -> dict[str, str]:
    chosen = with_secret or secret(1 if site == "default" else 3)
    headers = sign([chosen], name, round(at if at is not None else time.time()), raw)
    return headers | {"moderation-site": site}


@asynccontextmanager
async def serving(
    url: str,
    *,
    works: bool = True,
    review: Mapping[str, Any] | None = None,
    coral: Mapping[str, Any] | None = None,
    akismet: Mapping[str, Any] | None = None,
    hooks: Mapping[str, Any] | None = None,
    **api: Any,
) -> AsyncIterator[Service]:
    """Run the API over the server at `url`; without `works` nothing is ever decided.

    `review`, `coral`, `akismet`, `hooks` and `api` are settings. Passwords are hashed at the least
    cost.
    """
    clients = connect(url)
    store = await open_store(clients, shards=None, secret=None)
    await seed(store, POLICIES_DIR)
    chosen, metrics, draining = (
        settings(review, coral=coral, akismet=akismet, hooks=hooks, **api),
        Metrics(),
        [False],
    )
    waiting, policies = Waiting(store, always=False), PolicyBook(store, chosen)
    pool: Any = ScriptedPool()
    context = ApiContext(
        settings=chosen,
        store=store,
        intake=Intake(store, chosen, waiting, metrics),
        listing=Listing(store),
        review=Review(store, chosen, policies, metrics),
        explaining=Explaining(store, LocalScoring.sharing(pool), chosen.explain, metrics),
        direct=DirectScoring(LocalScoring.sharing(pool), chosen.direct),
        keeping=Keeping(store, chosen, metrics),
        people=People(store, chosen, Passwords(PasswordHasher.from_parameters(CHEAPEST))),
        reviewing=Reviewing(store, chosen, policies, metrics),
        live=Live(store),
        policies=policies,
        metrics=metrics,
        draining=lambda: draining[0],
    )
    worker = Worker(store, chosen, pool, Judge(store, chosen, pool, policies), metrics)
    following = asyncio.create_task(waiting.run())
    working = asyncio.create_task(worker.run()) if works else None
    runner = create_runner(create_api(context), drain_s=2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession() as http:
        yield Service(f"http://127.0.0.1:{port}", context, http, draining)
    await runner.cleanup()
    worker.stop()
    if working:
        await working
    following.cancel()
    await asyncio.wait([following])
    await clients.aclose()
