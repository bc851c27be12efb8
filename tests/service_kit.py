"""Builders for tests of the services: a whole service in one process, over a real server.

Scorers are real child processes with `tests.fakes.faulty_scorer`: a text "please WORD …" makes them
fail, any other has scores of its own, so that a swapped answer is seen. Times are short.
"""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from moderation.configuration import load
from moderation.domain.comment import Author, Context, Submission
from moderation.domain.decision import Decision
from moderation.domain.policy import Policy
from moderation.scoring.supervisor import ScorerPool
from moderation.services.health import Health
from moderation.services.intake import Intake
from moderation.services.judging import Judge
from moderation.services.keeping import Keeping
from moderation.services.listing import HeldFilter, Listing
from moderation.services.notifier import Notifier
from moderation.services.policies import PolicyBook
from moderation.services.review import Review
from moderation.services.waiting import Waiting
from moderation.services.worker import Worker
from moderation.settings import Settings
from moderation.store import policies, queue
from moderation.store.client import connect
from moderation.store.decisions import PersonalDecision
from moderation.store.log import SERVICE
from moderation.store.store import Store, open_store
from moderation.telemetry import Metrics
from tests.fakes.faulty_scorer import expected

#: Long enough for a loaded machine; nothing here waits that long when it works.
PATIENCE_S = 60.0
SITE, OTHER_SITE = "news", "sport"
SECRET = "whsec_" + b64encode(b"for tests only, 32 bytes of key!").decode()
POLICY = Policy.model_validate({"name": "default", "thresholds": {"toxicity": 0.5, "insult": 0.5}})
_QUICK: dict[str, Any] = {
    "scorer.spec": "python:tests.fakes.faulty_scorer:make",
    "scorer.processes": 1,
    "scorer.timeout_s": 1.0,
    "worker.lease_s": 2.0,
    "worker.heartbeat_s": 0.3,
    "worker.unavailable_after_s": 30.0,
    "worker.rescore_backoff_s": (600.0,),
    "callbacks.timeout_s": 5.0,
    "callbacks.backoff_s": (0.05,) * 9,
    f"sites.{SITE}.callback_secrets": (SECRET,),
    f"sites.{OTHER_SITE}.callback_secrets": (SECRET,),
}

#: For tests in which no text hangs: on a machine that is busy elsewhere, a text that would have had
#: its score in a moment must not be held for the lack of one.
PATIENT: dict[str, Any] = {"scorer.timeout_s": PATIENCE_S, "worker.lease_s": 2 * PATIENCE_S}


def settings(changes: dict[str, Any] | None = None) -> Settings:
    """Return settings for two sites with short times; `changes`: dotted keys."""
    return load(None, {}, {**_QUICK, **(changes or {})})


def scorers(chosen: Settings) -> ScorerPool:
    """Return the pool that the settings ask for, not yet started."""
    scorer = chosen.scorer
    return ScorerPool(
        scorer.spec, processes=scorer.process_count(), timeout_s=scorer.timeout_s,
        start_timeout_s=PATIENCE_S,
    )  # fmt: skip


def said(text: str, name: str, *, site: str = SITE, **fields: Any) -> Submission:
    """Return a submission; `author` and `article` are the site's ids of them."""
    author, article = fields.pop("author", None), fields.pop("article", None)
    return Submission(
        site=site, text=text, external_id=name, author=Author(id=author),
        context=Context(article_id=article), **fields,
    )  # fmt: skip


def person(
    comment: str, version: int, decision: Decision, *, site: str = SITE, who: str = "ada",
    reason: str | None = None, note: str | None = None,
) -> PersonalDecision:  # fmt: skip
    """Return what a person says of the version that they saw."""
    return PersonalDecision(
        comment=comment, site=site, expected_version=version, decision=decision, actor_id=who,
        actor_name="Ada L.", via="key1", reason=reason, note=note,
    )  # fmt: skip


def texts(count: int, *, held: bool = False) -> list[str]:
    """Return mild texts that the faulty scorer scores under (or `held`: over) POLICY."""
    found: list[str] = []
    number = 0
    while len(found) < count:
        text = f"you are an idiot {number}" if held else f"a fine day {number}"
        if (max(expected(text).values()) >= 0.5) is held:
            found.append(text)
        number += 1
    return found


@dataclass
class Service:
    """The parts of one process. Whatever is started here is ended by `service`."""

    store: Store
    settings: Settings
    metrics: Metrics
    waiting: Waiting
    pool: ScorerPool
    book: PolicyBook
    intake: Intake
    listing: Listing
    review: Review
    keeping: Keeping
    health: Health
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def worker(self) -> Worker:
        """Return another worker over the same store and pool."""
        judge = Judge(self.store, self.settings, self.pool, self.book)
        return Worker(self.store, self.settings, self.pool, judge, self.metrics)

    def notifier(self, **how: float) -> Notifier:
        """Return another notifier."""
        return Notifier(self.store, self.settings, self.waiting, self.metrics, **how)

    def run(self, part: Any) -> asyncio.Task[None]:
        """Run a part until the service ends."""
        task = asyncio.create_task(part.run())
        self.tasks.append(task)
        return task

    async def work(self) -> Worker:
        """Start the scorers, wait until they are ready, and run a worker."""
        await self.pool.start()
        assert await self.pool.wait_ready(PATIENCE_S), self.pool.failure
        worker = self.worker()
        self.run(worker)
        return worker

    async def submit(
        self, text: str, name: str, *, wait_s: float = 0.0, bulk: bool = False, **fields: Any
    ) -> dict[str, Any]:
        """Submit one comment and return its answer."""
        submitted = await self.intake.submit(
            said(text, name, **fields), idempotency_key=None, wait_s=wait_s, bulk=bulk
        )
        return submitted.answer

    async def submit_all(self, several: Sequence[str], **fields: Any) -> list[str]:
        """Submit comments named by their place, and return their ids."""
        answers = [self.submit(text, str(at), **fields) for at, text in enumerate(several)]
        return [answer["id"] for answer in await asyncio.gather(*answers)]

    async def edit(self, comment: str, text: str, name: str, **fields: Any) -> dict[str, Any]:
        """Give a comment another text and return its answer."""
        submitted = await self.intake.edit(
            comment, said(text, name, **fields), idempotency_key=None, wait_s=0.0
        )
        return submitted.answer

    async def answer(self, comment: str, site: str = SITE) -> dict[str, Any]:
        """Return a comment's answer as it stands."""
        return await self.intake.look(site, comment, 0.0)

    async def decided(self, comments: Iterable[str], site: str = SITE) -> list[dict[str, Any]]:
        """Wait until all are decided and return their answers."""
        answers: dict[str, dict[str, Any]] = {}

        async def is_decided(comment: str) -> bool:
            answers[comment] = await self.answer(comment, site)
            return bool(answers[comment]["status"] != "pending")

        for comment in comments:
            await until(partial(is_decided, comment))
        return list(answers.values())

    async def held(self, order: str = "age", **wanted: str) -> list[str]:
        """Return the ids of the site's held comments in an order, all pages."""
        page = await self.listing.held(SITE, order, HeldFilter(**wanted), None, 200)
        assert page.next is None
        return [item["id"] for item in page.items]

    async def has_in_hand(self, count: int = 1) -> bool:
        """Return whether so many comments, or more, are reserved and not yet decided."""
        return sum(depth.pending for depth in await queue.depths(self.store, 0)) >= count

    async def trail(self, comment: str, site: str = SITE) -> list[str]:
        """Return what happened to a comment: `received`, `hold by model` …"""
        return [
            f"{event['decision']} by {event['decided_by']}" if event["type"] == "decided"
            else event["type"]
            for event in await self.listing.history(site, comment)
        ]  # fmt: skip

    def count(self, name: str, /, **labels: str) -> float:
        """Return a metric's value, 0 when it was never set."""
        return self.metrics.registry.get_sample_value(f"moderation_{name}", labels) or 0.0

    async def crash(self, task: asyncio.Task[None]) -> None:
        """End a part as a killed process would: at once, with nothing put in order."""
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def service(url: str, changes: dict[str, Any] | None = None) -> AsyncIterator[Service]:
    """Open the store at `url`, with POLICY applied and nothing running but `Waiting`."""
    chosen = settings(changes)
    clients, metrics = connect(url), Metrics()
    store = await open_store(clients, shards=None, secret=None, metrics=metrics)
    await policies.apply(store, POLICY, by=SERVICE)
    waiting, book, pool = Waiting(store, always=True), PolicyBook(store, chosen), scorers(chosen)
    running = Service(
        store=store,
        settings=chosen,
        metrics=metrics,
        waiting=waiting,
        pool=pool,
        book=book,
        intake=Intake(store, chosen, waiting, metrics),
        listing=Listing(store),
        review=Review(store, chosen, book, metrics),
        keeping=Keeping(store, chosen, metrics),
        health=Health(
            store, metrics, sites=list(chosen.sites), policies=book, pool=pool,
            model_is_needed=True,
        ),
    )  # fmt: skip
    running.run(waiting)
    try:
        yield running
    finally:
        for task in running.tasks:
            task.cancel()
        for task in running.tasks:
            with suppress(asyncio.CancelledError):
                await task
        await pool.stop()
        if calls := [task for task in asyncio.all_tasks() if _is_on_its_way(task)]:
            await asyncio.wait(calls)
        await clients.aclose()


def _is_on_its_way(task: asyncio.Task[Any]) -> bool:
    """Return whether a task is a coalesced call to the store, which outlives its callers."""
    return bool(task.get_coro().__qualname__ == "Coalescer._drain")


async def until(happened: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> None:
    """Wait until a condition holds; it is asked again and again."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = happened()
        if found if isinstance(found, bool) else await found:
            return
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.02)


async def one_decided(s: Service, url: str, name: str = "1", **fields: Any) -> str:
    """Return a comment with a callback to `url` that a person has put on hold (version 2)."""
    answer = await s.submit(texts(1)[0], name, callback_url=url, **fields)
    comment, site = str(answer["id"]), fields.get("site", SITE)
    await s.review.decide(person(comment, 1, Decision.HOLD, site=site))
    return comment
