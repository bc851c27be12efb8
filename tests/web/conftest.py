"""The API over an empty embedded server: with a worker, and without one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.web.kit import Service, serving
from tests.web.signing_in import Browser, browser, person


@pytest.fixture
async def service(embedded_url: str) -> AsyncIterator[Service]:
    async with serving(embedded_url) as running:
        yield running


@pytest.fixture
async def idle(embedded_url: str) -> AsyncIterator[Service]:
    """Nothing is decided here, and only the API writes."""
    async with serving(embedded_url, works=False) as running:
        yield running


@pytest.fixture
async def ada(idle: Service) -> AsyncIterator[Browser]:
    """A browser that is not signed in; Ada has an account."""
    await person(idle)
    async with browser(idle) as one:
        yield one
