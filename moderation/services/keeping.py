"""Erasure on request, and retention by the clock."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import structlog
from redis.exceptions import ResponseError

from moderation.domain.errors import NotFoundError, StoreDownError
from moderation.services.answers import answer
from moderation.settings import Settings
from moderation.store import keeping, past, reading
from moderation.store.store import Store
from moderation.telemetry import Metrics

#: After so long without a word, a worker that holds nothing is gone.
_SILENT_MS = 24 * 3_600_000
_EVERY_S = 60.0
_REWRITE_EVERY_S = 600.0
_BATCH = 500

log = structlog.get_logger("moderation.keeping")


@dataclass(slots=True)
class Keeping:
    """The use case of one process."""

    store: Store
    settings: Settings
    metrics: Metrics
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _next_rewrite: float = 0.0

    async def erase(self, site: str, comment: str, by: str) -> dict[str, Any]:
        """Erase a comment and return what is left of its answer. Raises NotFoundError."""
        while True:
            (record,) = await reading.read(self.store, [comment], with_text=True)
            if record is None or record.state["s"] != site:
                raise NotFoundError("no such comment")
            version = int(record.state["ver"])
            keep_ms = self.settings.retention.record_ms
            code, _ = await keeping.erase(self.store, comment, site, version, by, keep_ms)
            if code == "missing":
                raise NotFoundError("no such comment")
            if code in {"erased", "already"}:
                break  # `changed`: something was decided while we read; read again
        if author := record.state.get("aut"):
            await past.forget_approval(self.store, comment, site, author)
        if record.submission is not None:
            await past.forget_text(self.store, comment, record.submission)
        await keeping.ask_for_rewrite(self.store)
        log.info("erased", comment=comment, site=site, via=by)
        (left,) = await reading.read(self.store, [comment])
        if left is None:
            raise NotFoundError("no such comment")
        return answer(left)

    async def run(self) -> None:
        """Let go of what is due, once a minute, until stopped."""
        while not self._stopping.is_set():
            try:
                await self.sweep()
                await self._rewrite()
            except StoreDownError as error:
                self.metrics.store_failed(error)
            try:
                async with asyncio.timeout(_EVERY_S):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def sweep(self) -> None:
        """Delete texts, records, feed entries and consumers whose time has come."""
        for shard in range(self.store.shards):
            while True:
                texts, records, seen = await keeping.sweep(
                    self.store, shard, _BATCH, self.settings.retention.record_ms
                )
                self.metrics.swept.labels("text").inc(texts)
                self.metrics.swept.labels("record").inc(records)
                if texts:
                    await keeping.ask_for_rewrite(self.store)
                if seen < _BATCH:
                    break
        for site in self.settings.sites:
            await keeping.complete_orders(self.store, site)
        before_ms = round(time.time() * 1000) - self.settings.retention.record_ms
        await keeping.trim_feeds(self.store, list(self.settings.sites), before_ms)
        await keeping.retire_consumers(self.store, _SILENT_MS)

    async def _rewrite(self) -> None:
        """Have the server's log rewritten when something was erased, at most every ten minutes."""
        if time.monotonic() < self._next_rewrite:
            return
        covered = await keeping.rewrite_due(self.store)
        if covered is None:
            return
        self._next_rewrite = time.monotonic() + _REWRITE_EVERY_S
        try:
            if await keeping.rewrite_log(self.store):
                await keeping.note_rewrite(self.store, covered)
        except StoreDownError as error:
            if not isinstance(error.__cause__, ResponseError):
                raise
            # A managed server may refuse the command; what it does with its log is its own.
            log.warning("the server does not rewrite its append-only file when asked")

    def stop(self) -> None:
        """End `run` at its next pause."""
        self._stopping.set()
