"""The CMS that sends: open loop, signed, and true to its duty to try again.

The schedule is fixed beforehand and no answer delays the next send. A comment that was refused, or
whose fate is unknown, is sent again under the same webhook-id and external id, as Retry-After says.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import aiohttp
from standardwebhooks import Webhook

from tests.acceptance.driver.events import Event, Op
from tests.acceptance.driver.ledger import Ledger
from tests.acceptance.driver.site import Site
from tests.acceptance.driver.texts import Comment

_COPIES = 3  # of a comment that is sent as a duplicate: all at once
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.2, 5.0
_TIMEOUT = aiohttp.ClientTimeout(total=10)
_UNFIT = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
_UNFIT |= {HTTPStatus.UNPROCESSABLE_ENTITY}
_AWAY = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}


class Sender:
    """Sends comments to `url` for `site`; `patience_s` after its time a comment is given up."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        site: Site,
        callback_url: str,
        ledger: Ledger,
        *,
        patience_s: float,
    ) -> None:
        self._session = session
        self._url = f"{url}/v1/comments"
        self._site = site
        self._callback_url = callback_url
        self._ledger = ledger
        self._patience_s = patience_s
        self._webhook = Webhook(site.webhook_secret)

    async def send_all(
        self, comments: Sequence[Comment], due: Sequence[float], *, duplicates: float, seed: int
    ) -> None:
        """Send each comment `due` seconds from now, a share of them as concurrent duplicates."""
        draw = random.Random(seed)
        start = time.monotonic()
        self._ledger.due = {
            comment.external_id: start + at_s for comment, at_s in zip(comments, due, strict=True)
        }
        async with asyncio.TaskGroup() as group:
            for comment in comments:
                at = self._ledger.due[comment.external_id]
                await asyncio.sleep(at - time.monotonic())
                for copy in range(_COPIES if draw.random() < duplicates else 1):
                    group.create_task(self._deliver(comment, at, is_first=copy == 0))

    async def _deliver(self, comment: Comment, due: float, *, is_first: bool) -> None:
        if is_first:
            self._ledger.send_lag.record(time.monotonic() - due)
        attempt, pause = 1, _FIRST_PAUSE_S
        while True:
            event, retry_after = await self._attempt(comment)
            self._ledger.see(event, attempt=attempt)
            wait_s = retry_after if retry_after is not None else pause * random.uniform(0.5, 1)
            if _is_final(event) or time.monotonic() + wait_s > due + self._patience_s:
                return
            await asyncio.sleep(wait_s)
            attempt, pause = attempt + 1, min(2 * pause, _LAST_PAUSE_S)

    async def _attempt(self, comment: Comment) -> tuple[Event, float | None]:
        """Send once; return what is known now, and the Retry-After in seconds if there was one."""
        seen: dict[str, Any] = {"id": comment.external_id, "sha": comment.sha}
        self._ledger.see(Event(op="sent", t=time.monotonic(), **seen))
        body = json.dumps(
            {
                "text": comment.text,
                "external_id": comment.external_id,
                "callback_url": self._callback_url,
            }
        )
        try:
            async with self._session.post(
                self._url, data=body, headers=self._headers(comment, body), timeout=_TIMEOUT
            ) as response:
                answer = await response.json(content_type=None) if response.ok else {}
                status, retry_after = response.status, response.headers.get("Retry-After")
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return Event(op="unknown", t=time.monotonic(), **seen), None
        try:
            if status in {HTTPStatus.OK, HTTPStatus.ACCEPTED}:
                return Event.of_answer("ok", answer, t=time.monotonic(), status=status), None
        except (KeyError, TypeError):
            pass  # a 2xx without the answer's fields: a surprise, below
        event = Event(op=_kind(status), t=time.monotonic(), status=status, **seen)
        return event, float(retry_after) if retry_after and retry_after.isdigit() else None

    def _headers(self, comment: Comment, body: str) -> dict[str, str]:
        name, now = f"msg-{comment.external_id}", datetime.now(UTC)
        return {
            "content-type": "application/json",
            "moderation-site": self._site.name,
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(name, now, body),
        }


def _is_final(event: Event) -> bool:
    """Tell whether sending again is pointless: it was taken, or the fault is the request's."""
    status = event.status or HTTPStatus.SERVICE_UNAVAILABLE
    return event.op != "refused" and status < HTTPStatus.INTERNAL_SERVER_ERROR


def _kind(status: int) -> Op:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "refused"
    if status in _AWAY:
        return "unknown"
    return "invalid" if status in _UNFIT else "surprise"
