"""Real servers: the store open on each in turn, an embedded one, and clients that are closed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from moderation.store.client import Clients, connect
from moderation.store.embedded import EmbeddedServer
from moderation.store.store import Store, open_store


@pytest.fixture
async def store(server_url: str) -> AsyncIterator[Store]:
    """An empty store: one shard on a single server, sixteen in the cluster."""
    clients = connect(server_url)
    yield await open_store(clients, shards=None, secret=None)
    await clients.aclose()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedServer]:
    own = EmbeddedServer(tmp_path / "data")
    yield own
    await own.stop()


@pytest.fixture
async def connected() -> AsyncIterator[Callable[..., Clients]]:
    opened: list[Clients] = []

    def open_(url: str, **options: float) -> Clients:
        opened.append(connect(url, **options))
        return opened[-1]

    yield open_
    for clients in opened:
        await clients.aclose()
