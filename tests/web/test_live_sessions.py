"""An open stream ends with what let somebody open it, however much there is to tell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from moderation.store.log import SERVICE
from moderation.web.review.queue import events
from tests.web.kit import Service
from tests.web.test_review import held, visiting

_MOST = 100


@pytest.fixture(autouse=True)
async def live(service: Service) -> AsyncIterator[None]:
    following = asyncio.create_task(service.context.live.run())
    yield
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following


@pytest.mark.parametrize("loses", ["account", "session", "site"])
async def test_a_busy_stream_ends_with_its_session(
    service: Service, monkeypatch: pytest.MonkeyPatch, loses: str
):
    monkeypatch.setattr(events, "_CHECK_S", 0.2)
    people = service.context.people
    async with (
        visiting(service, "ada") as ada,
        ada.http.get(f"{service.url}/review/events") as stream,
    ):
        await stream.content.readline()
        ada_id = (await people.named("ada")).id
        if loses == "account":
            await people.set_active(ada_id, active=False, by=SERVICE)
        elif loses == "session":
            await people.revoke(ada_id, by=SERVICE)
        else:
            await people.set_sites(ada_id, ["other"], by=SERVICE)
        ended = asyncio.create_task(stream.content.read())
        for _ in range(_MOST):
            await held(service)
            if ended.done():
                break
        assert ended.done()


async def test_a_busy_stream_goes_on_for_who_may_listen(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(events, "_CHECK_S", 0.0)
    async with (
        visiting(service, "ada") as ada,
        ada.http.get(f"{service.url}/review/events") as stream,
    ):
        for _ in range(2):
            await held(service)
            while b'"held"' not in (line := await stream.content.readline()):
                assert line
