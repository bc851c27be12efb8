"""Attempts to sign in with a password: so many a name and a client, counted beforehand."""

from __future__ import annotations

import math

from moderation.domain.errors import ThrottledError
from moderation.domain.people import name_key
from moderation.page import Review
from moderation.store import sessions
from moderation.store.sessions import Attempt
from moderation.store.store import Store


class Attempts:
    """The counts of one installation, as its settings bound them."""

    def __init__(self, store: Store, review: Review) -> None:
        self._store = store
        self._review = review

    async def made(self, name: str, client: str) -> Attempt:
        """Count an attempt before it is looked at. Raises ThrottledError."""
        tried = sessions.attempt(self._store, name_key(name), client)
        wait_ms = await sessions.count(
            self._store,
            tried,
            by_name=self._review.login_tries_name,
            by_client=self._review.login_tries_client,
            window_ms=round(self._review.login_window_s * 1000),
        )
        if wait_ms:
            raise ThrottledError(math.ceil(wait_ms / 1000))
        return tried

    async def succeeded(self, tried: Attempt) -> None:
        """Take an attempt back: only failed ones count."""
        await sessions.uncount(self._store, tried)
