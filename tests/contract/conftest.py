"""The store, open on each real server in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from moderation.store.client import connect
from moderation.store.store import Store, open_store


@pytest.fixture
async def store(server_url: str) -> AsyncIterator[Store]:
    """An empty store: one shard on a single server, sixteen in the cluster."""
    clients = connect(server_url)
    yield await open_store(clients, shards=None, secret=None)
    await clients.aclose()
