"""Submitting and editing: from a caller's submission to an accepted comment and its answer.

A comment is accepted once its script has answered; nothing before that is a promise.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from moderation import tracing
from moderation.domain.comment import Submission, comment_id, pseudonymous, text_sha256
from moderation.domain.errors import NotFoundError, OverloadedError, StoreDownError
from moderation.services.answers import answer
from moderation.services.waiting import Waiting
from moderation.settings import Settings
from moderation.store import intake, reading
from moderation.store.store import Store
from moderation.telemetry import Metrics, exemplar

#: What an idle or new queue is believed to drain (comments/s): far below one scorer process.
_FLOOR_RATE = 20.0

log = structlog.get_logger("moderation.intake")


@dataclass(frozen=True, slots=True)
class Submitted:
    """An answer, and whether this call created or changed the comment."""

    answer: dict[str, Any]
    new: bool


class Intake:
    """The use case of one process; holds the coalescing accept queues."""

    def __init__(
        self, store: Store, settings: Settings, waiting: Waiting, metrics: Metrics
    ) -> None:
        queue = settings.queue
        self._store = store
        self._settings = settings
        self._waiting = waiting
        self._metrics = metrics
        self._idempotency_s = round(settings.retention.idempotency_h * 3600)
        self._accepts = intake.Accepts(
            store,
            intake.Limits(
                # A shard counts its own part of the queue.
                max_depth=max(1, queue.max_depth // store.shards),
                max_wait_s=queue.max_wait_s,
                floor_rate=_FLOOR_RATE / store.shards,
                idempotency_s=self._idempotency_s,
            ),
        )

    async def submit(
        self, submission: Submission, *, idempotency_key: str | None, wait_s: float, bulk: bool
    ) -> Submitted:
        """Accept a comment and return its answer, waiting up to `wait_s` for a decision.

        Raises ConflictError, OverloadedError, SiteOverloadedError, StoreDownError.
        """
        started = time.perf_counter()
        new = self._new(submission, idempotency_key, _lane(wait_s, bulk=bulk))
        async with self._watched(new.id, wait_s) as decided:
            try:
                accepted = await self._accepts.accept(new)
            except OverloadedError:
                self._metrics.received.labels("overloaded").inc()
                raise
            self._received(new, "new" if accepted.new else "duplicate", started)
            known = _pending(new, accepted) if accepted.new else None
            with _not_missing():
                return Submitted(await self._answer(new.id, decided, wait_s, known), accepted.new)

    async def edit(
        self,
        comment: str,
        submission: Submission,
        *,
        idempotency_key: str | None,
        wait_s: float,
    ) -> Submitted:
        """Give a comment a new text and return its answer. Raises NotFoundError and as submit."""
        started = time.perf_counter()
        new = self._new(submission, idempotency_key, _lane(wait_s, bulk=False), comment)
        async with self._watched(comment, wait_s) as decided:
            accepted = await intake.edit(self._store, new, self._idempotency_s)
            self._received(new, "edit" if accepted.new else "duplicate", started)
            with _not_missing():
                return Submitted(await self._answer(comment, decided, wait_s), accepted.new)

    async def look(self, site: str, comment: str, wait_s: float) -> dict[str, Any]:
        """Return a comment's answer, waiting up to `wait_s` for one. Raises NotFoundError."""
        async with self._watched(comment, wait_s) as decided:
            record = await self._record(comment)
            if record.state["s"] != site:
                raise NotFoundError("no such comment")
            return await self._answer(comment, decided, wait_s, record)

    def _received(self, new: intake.NewComment, result: str, started: float) -> None:
        """Count and log what was accepted: the line that joins a request and a comment."""
        self._metrics.received.labels(result).inc()
        taken_s = time.perf_counter() - started
        self._metrics.intake_duration.observe(taken_s, exemplar(new.trace))
        log.info("accepted", comment=new.id, site=new.submission.site, result=result, lane=new.lane)

    @asynccontextmanager
    async def _watched(
        self, comment: str, wait_s: float
    ) -> AsyncIterator[asyncio.Future[None] | None]:
        """Watch a comment from now on if somebody will wait for it."""
        if wait_s <= 0:
            yield None
            return
        async with self._waiting.watch(comment) as decided:
            yield decided

    def id_of(self, site: str, external_id: str) -> str:
        """Return the id under which a site's own name for a comment is known."""
        return comment_id(self._store.secret, site, "external", external_id)

    def _new(
        self, said: Submission, key: str | None, lane: str, comment: str | None = None
    ) -> intake.NewComment:
        secret = self._store.secret
        site = self._settings.sites.get(said.site)
        kept = pseudonymous(said, secret, keep_name=bool(site and site.keep_author_name))
        if comment is None:
            if said.external_id is not None:
                comment = self.id_of(said.site, said.external_id)
            elif key is not None:
                comment = comment_id(secret, said.site, "key", key)
            else:
                comment = comment_id(secret, said.site, "random", secrets.token_hex(16))
        return intake.NewComment(
            id=comment,
            submission=kept,
            idempotency_key=key,
            callback_url=kept.callback_url or (site.callback_url if site else None) or "",
            lane=lane,
            share=self._settings.queue.site_share if len(self._settings.sites) > 1 else 1.0,
            trace=tracing.current(),
        )

    async def _answer(
        self,
        comment: str,
        decided: asyncio.Future[None] | None,
        wait_s: float,
        known: reading.Record | None = None,
    ) -> dict[str, Any]:
        found = answer(known or await self._record(comment))
        if found["status"] != "pending" or decided is None:
            return found
        try:
            async with asyncio.timeout(wait_s):
                await decided
        except TimeoutError:
            return found
        return answer(await self._record(comment))

    async def _record(self, comment: str) -> reading.Record:
        (record,) = await reading.read(self._store, [comment])
        if record is None:
            raise NotFoundError("no such comment")
        return record


@contextmanager
def _not_missing() -> Iterator[None]:
    """Refuse for now where what was accepted can't be read: two servers call themselves primary."""
    try:
        yield
    except NotFoundError as error:
        raise StoreDownError("what was accepted can't be read") from error


def _pending(new: intake.NewComment, accepted: intake.Accepted) -> reading.Record:
    """Return the record of a comment that was accepted just now, without asking for it."""
    state = {
        "s": new.submission.site,
        "x": new.submission.external_id or "",
        "st": "p",
        "rev": "1",
        "ver": str(accepted.version),
        "rcv": str(accepted.at_ms),
        "sha": text_sha256(new.submission.text),
    }
    return reading.Record(new.id, state, None)


def _lane(wait_s: float, *, bulk: bool) -> str:
    """Return the lane: someone waits, a single comment, or one of many."""
    if wait_s > 0:
        return "hi"
    return "lo" if bulk else "n"
