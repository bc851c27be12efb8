"""API keys: hashed, with the site they belong to and what they may do.

A key reads `mod_<id>_<secret>`; only the SHA-256 of the secret is stored. The secret has 256 random
bits, so a plain hash can't be guessed back.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, replace

from moderation.domain.errors import NotFoundError
from moderation.store import keys
from moderation.store.store import Store, down_on_error

SCOPES = ("submit", "moderate", "admin")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key's record. Times are milliseconds since the epoch; `expires_at` 0 means never."""

    id: str
    site: str
    scopes: tuple[str, ...]
    digest: str
    name: str = ""
    created_at: int = 0
    expires_at: int = 0

    def is_active(self, now_ms: float) -> bool:
        """Return whether the key still opens anything."""
        return not self.expires_at or now_ms < self.expires_at


def matches(key: ApiKey, secret: str) -> bool:
    """Compare a secret with the stored hash in constant time."""
    return hmac.compare_digest(digest(secret), key.digest)


def digest(secret: str) -> str:
    """Return the hash under which a key's secret is stored."""
    # A header's stray bytes arrive as lone surrogates; they are a wrong secret, not an error.
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


async def add(store: Store, site: str, scopes: tuple[str, ...], name: str, now_ms: int) -> str:
    """Make a key and return it, this once."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    await _write(store, ApiKey(key_id, site, scopes, digest(secret), name, now_ms))
    return f"mod_{key_id}_{secret}"


async def rotate(store: Store, key_id: str, grace_ms: int, now_ms: int) -> str:
    """Make a successor with the same site and scopes; the old key ends after `grace_ms`."""
    old = await find(store, key_id)
    if old is None or old.expires_at:
        raise NotFoundError("no key has this id, or it was rotated before")
    new = await add(store, old.site, old.scopes, old.name, now_ms)
    await _write(store, replace(old, expires_at=now_ms + grace_ms or 1))
    return new


async def revoke(store: Store, key_id: str) -> None:
    """End a key at once. Raises NotFoundError."""
    async with down_on_error():
        if not await store.redis.hdel(keys.API_KEYS, key_id):
            raise NotFoundError("no key has this id")


async def find(store: Store, key_id: str) -> ApiKey | None:
    """Return a key's record, None for an id that no key has."""
    if not key_id.isascii():  # what a header may hold, but no id of ours
        return None
    async with down_on_error():
        raw = await store.redis.hget(keys.API_KEYS, key_id)
    return _read(raw) if raw else None


async def listed(store: Store) -> list[ApiKey]:
    """Return all keys, oldest first."""
    async with down_on_error():
        raw = await store.redis.hvals(keys.API_KEYS)
    return sorted((_read(one) for one in raw), key=lambda key: key.created_at)


def _read(raw: str) -> ApiKey:
    fields = json.loads(raw)
    return ApiKey(**{**fields, "scopes": tuple(fields["scopes"])})


async def _write(store: Store, key: ApiKey) -> None:
    async with down_on_error():
        await store.redis.hset(keys.API_KEYS, key.id, json.dumps(asdict(key)))
