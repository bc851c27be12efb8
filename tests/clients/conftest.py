"""The API over an empty embedded server, with nobody at work."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.web.kit import Service, serving


@pytest.fixture
async def idle(embedded_url: str) -> AsyncIterator[Service]:
    async with serving(embedded_url, works=False) as running:
        yield running
