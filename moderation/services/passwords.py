"""Passwords: hashed by argon2id in a thread, few at once, since each takes 64 MiB and a core.

No password is kept, logged or put into an error here.
"""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from moderation.domain.errors import OverloadedError

_AT_ONCE = 2
_MOST_WAITING = 32
_RETRY_S = 2
_T = TypeVar("_T")


class Passwords:
    """The hashing of one process. The default cost is the low-memory one of RFC 9106."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._nobodys: str | None = None

    async def hashed(self, password: str) -> str:
        """Return a password's hash, with its salt and cost. Raises OverloadedError."""
        return await self._in_thread(self._hash, password)

    async def matches(self, known: str | None, password: str) -> bool:
        """Return whether a password has this hash. Raises OverloadedError.

        Where there is no hash, one that nobody has is compared: it costs the same.
        """
        return await self._in_thread(self._verify, known, password) and known is not None

    async def _in_thread(self, work: Callable[..., _T], *args: str | None) -> _T:
        if self._waiting >= _MOST_WAITING:
            raise OverloadedError(_RETRY_S)
        self._waiting += 1
        try:
            async with self._places:
                return await asyncio.to_thread(work, *args)
        finally:
            self._waiting -= 1

    def _hash(self, password: str) -> str:
        return self._hasher.hash(_bytes(password))

    def _verify(self, known: str | None, password: str) -> bool:
        nobodys = self._nobody()  # made whoever asks first, so that it tells nothing
        try:
            return self._hasher.verify(known or nobodys, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False

    def _nobody(self) -> str:
        self._nobodys = self._nobodys or self._hasher.hash(secrets.token_bytes(32))
        return self._nobodys


def _bytes(password: str) -> bytes:
    # Keyboards differ in how they compose a letter. Half a surrogate pair can't be typed, but sent.
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")
