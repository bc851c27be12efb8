"""Submitting for somebody who waits for a moment and then goes on: the comment is taken in anyway.

Who waits is never kept beyond the deadline, whatever the store or the scorer do meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from aiohttp import web

from moderation.domain.comment import Submission
from moderation.services.intake import Intake, Submitted
from moderation.web import problems

#: The most submissions that go on behind answers, if the store stalls.
_MOST = 1000
#: How long the end of the process waits for them; the store's own limits are shorter.
_END_S = 10.0

log = structlog.get_logger("moderation.coral")


class Phase:
    """The submissions of one process."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._going: set[asyncio.Task[Submitted]] = set()

    async def submit(self, submission: Submission, within_s: float) -> dict[str, Any] | None:
        """Return the comment's answer, None where the deadline came first. Raises as Intake.submit.

        After the deadline the submission goes on: what is told to wait in Coral is to be seen here.
        """
        if len(self._going) >= _MOST:
            raise problems.overloaded("too many submissions at once; nothing was stored")
        task = asyncio.create_task(
            self._intake.submit(submission, idempotency_key=None, wait_s=within_s, bulk=False)
        )
        self._going.add(task)
        task.add_done_callback(self._going.discard)
        done, _ = await asyncio.wait({task}, timeout=within_s)
        if done:
            return task.result().answer
        task.add_done_callback(_ended)
        return None

    async def finish(self, _: web.Application) -> None:
        """Wait for what goes on; a cleanup handler."""
        if self._going:
            await asyncio.wait(self._going, timeout=_END_S)


def _ended(task: asyncio.Task[Submitted]) -> None:
    """Say of a submission that its caller was answered before that it was refused after all."""
    if not task.cancelled() and (error := task.exception()):
        log.warning("not accepted; it waits in Coral alone", error=type(error).__name__)
