"""Sessions of the moderators' page: kept on the server, ended by its clock.

What a person may is read anew with each use of a session, so a changed role, a disabled account or
a closed way in counts at once. No token is logged here, or put into an error.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

from moderation.domain.errors import WrongPasswordError
from moderation.domain.people import Person
from moderation.services.ways_in import WaysIn
from moderation.store import sessions
from moderation.store.sessions import NewSession
from moderation.store.store import Store

_TOKEN_BYTES = 32
_TOKEN_LENGTH = 43  # of 32 bytes in base64
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session. `token` opens it, `csrf` goes with each POST; `expires_at` in ms since 1970."""

    person: Person
    token: str = field(repr=False)
    csrf: str = field(repr=False)
    expires_at: int


class Sessions:
    """The sessions of one installation, each of `hours`."""

    def __init__(self, store: Store, ways: WaysIn, hours: float) -> None:
        self._store = store
        self._ways = ways
        self._life_ms = round(hours * _HOUR_MS)

    def new(self) -> NewSession:
        """Return a session to begin: a token that nobody has."""
        return NewSession(secrets.token_urlsafe(_TOKEN_BYTES), self._life_ms)

    async def find(self, token: str) -> SignedIn | None:
        """Return whose session a token opens, as they are now; None when it opens none.

        One that began by a way in which was closed since opens none.
        """
        if len(token) != _TOKEN_LENGTH:
            return None
        found = await sessions.find(self._store, token)
        if found is None or not self._ways.admit(found[0]):
            return None
        return SignedIn(found[0].person, token, self._csrf(token), found[1])

    async def begun(self, session: NewSession) -> SignedIn:
        """Return a session that has just begun. Raises WrongPasswordError."""
        signed = await self.find(session.token)
        if signed is None:
            raise WrongPasswordError  # ended between two calls
        return signed

    async def end(self, token: str) -> None:
        """End one session."""
        await sessions.end(self._store, token)

    def _csrf(self, token: str) -> str:
        return hmac.new(self._store.secret, f"csrf {token}".encode(), "sha256").hexdigest()
