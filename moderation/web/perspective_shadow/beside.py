"""Scores beside Perspective: what was answered there is scored here later, and both are kept.

Nobody waits for it. What finds no room is dropped and counted; the texts that wait are in memory
and nowhere else.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus

import structlog

from moderation.domain.attributes import label_of
from moderation.domain.language import language_code
from moderation.domain.perspective_pair import Calls, Fate, Pair, thousandths
from moderation.domain.scores import Outcome, Scored
from moderation.scoring.supervisor import ScorerPool
from moderation.services.pair_file import PairFile
from moderation.telemetry import Metrics
from moderation.web.perspective_shadow.call import Call, understood
from moderation.web.perspective_shadow.upstream import Answer

#: Scored and kept together.
_BATCH = 16
#: What all that waits may hold (bytes).
_MOST_BYTES = 64 * 1024 * 1024
#: How often counts are kept and logged (s).
_EVERY_S = 60.0

log = structlog.get_logger("moderation.perspective_shadow")


class Beside:
    """The comparisons of one process. `waiting`: how many calls may wait to be scored.

    `aliases`: attribute → the one that answers for it. `with_do_not_store`: also keep the scores of
    calls whose sender asked that nothing be stored.
    """

    def __init__(
        self,
        pool: ScorerPool,
        file: PairFile,
        metrics: Metrics,
        *,
        aliases: Mapping[str, str],
        waiting: int,
        with_do_not_store: bool,
    ) -> None:
        self._pool = pool
        self._file = file
        self._metrics = metrics
        self._aliases = aliases
        self._most = waiting
        self._with_do_not_store = with_do_not_store
        self._waiting: deque[tuple[bytes, Answer]] = deque()
        self._bytes = 0
        self._came = asyncio.Event()
        self._stopping = False
        self._met: Counter[Fate] = Counter()

    def offer(self, raw: bytes, answer: Answer) -> None:
        """Take a call and Perspective's answer to it; returns at once."""
        if answer.status != HTTPStatus.OK:
            self.note(_refusal(answer.status))
            return
        size = len(raw) + len(answer.body)
        if len(self._waiting) >= self._most or self._bytes + size > _MOST_BYTES:
            self.note(Fate.DROPPED)
            return
        self._waiting.append((raw, answer))
        self._bytes += size
        self._came.set()

    def note(self, fate: Fate, calls: int = 1) -> None:
        """Count what became of calls."""
        if calls:
            self._met[fate] += calls
            self._metrics.perspective_shadow.labels(fate.value).inc(calls)

    async def run(self) -> None:
        """Score and keep until `stop`; then count what still waits as dropped."""
        until = time.monotonic() + _EVERY_S
        while not self._stopping:
            left_s = until - time.monotonic()
            if left_s <= 0:
                await self._tell()
                until = time.monotonic() + _EVERY_S
            elif self._waiting:
                await self._compared()
                await asyncio.sleep(0)  # what can't be compared waits for nothing else
            else:
                await self._something(left_s)
        self.note(Fate.DROPPED, len(self._waiting))
        await self._tell()

    def stop(self) -> None:
        """Let `run` end once what it has in hand is kept."""
        self._stopping = True
        self._came.set()

    async def _something(self, timeout_s: float) -> None:
        self._came.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._came.wait(), timeout_s)

    async def _compared(self) -> None:
        count = min(_BATCH, len(self._waiting))
        try:
            await self._compare([self._next() for _ in range(count)])
        except Exception:  # a fault here must not end the answers
            log.exception("comparison failed")
            self.note(Fate.UNREADABLE, count)

    def _next(self) -> Call | Fate:
        raw, answer = self._waiting.popleft()
        self._bytes -= len(raw) + len(answer.body)
        return understood(raw, answer, with_do_not_store=self._with_do_not_store)

    async def _compare(self, found: Sequence[Call | Fate]) -> None:
        calls = [one for one in found if isinstance(one, Call)]
        for one in found:
            if isinstance(one, Fate):
                self.note(one)
        outcomes = await self._pool.score([call.text for call in calls]) if calls else []
        day = _today()
        pairs = []
        for call, outcome in zip(calls, outcomes, strict=True):
            pair = self._pair(call, outcome, day)
            if isinstance(pair, Fate):
                self.note(pair)
            else:
                pairs.append(pair)
        await self._keep(pairs)

    def _pair(self, call: Call, outcome: Outcome, day: str) -> Pair | Fate:
        if not isinstance(outcome, Scored):
            return Fate.UNSCORED
        model, ours = outcome.model, outcome.scores
        read = model.languages
        if read is not None and any(language_code(one) not in read for one in call.languages):
            return Fate.LANGUAGE
        scores: dict[str, tuple[int, int | None]] = {}
        for name, theirs in call.theirs.items():
            label = label_of(name, self._aliases)
            here = ours.get(label) if label else None
            scores[name] = (thousandths(theirs), None if here is None else thousandths(here))
        return Pair(day, f"{model.name} {model.version}", scores)

    async def _keep(self, pairs: Sequence[Pair]) -> None:
        try:
            kept = await asyncio.to_thread(self._file.add, pairs) if pairs else 0
        except OSError:
            log.exception("comparisons can't be written")
            kept = 0
        self.note(Fate.COMPARED, kept)
        self.note(Fate.FULL, len(pairs) - kept)

    async def _tell(self) -> None:
        met, self._met = self._met, Counter()
        if not met:
            return
        log.info("calls passed on", **{fate.value: count for fate, count in sorted(met.items())})
        try:
            await asyncio.to_thread(self._file.count, Calls(_today(), met))
        except OSError:
            log.exception("counts can't be written")


def _refusal(status: int) -> Fate:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Fate.QUOTA
    return Fate.FAILED if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Fate.REFUSED


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
