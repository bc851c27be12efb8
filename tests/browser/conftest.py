"""One service and one browser for all tests here; an empty queue and clean consoles for each."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.browser.kit import Desk, desk


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with desk(tmp_path_factory.mktemp("page")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def at_desk(office: Desk) -> AsyncIterator[Desk]:
    yield office
    await office.end()
