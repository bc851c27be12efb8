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
from moderation.store import keys, log
from moderation.store.log import Actor
from moderation.store.store import Store, down_on_error

SCOPES = ("submit", "moderate", "admin", "score")


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


async def add(
    store: Store, site: str, scopes: tuple[str, ...], name: str, now_ms: int, *, by: Actor
) -> str:
    """Make a key and return it, this once."""
    key, secret = _made(site, scopes, name, now_ms)
    said = log.entry("key_added", by, key=key.id, site=site, scopes=scopes, name=name)
    await _write(store, "", said, key)
    return f"mod_{key.id}_{secret}"


async def rotate(store: Store, key_id: str, grace_ms: int, now_ms: int, *, by: Actor) -> str:
    """Make a successor with the same site and scopes; the old key ends after `grace_ms`."""
    old = await find(store, key_id)
    if old is None or old.expires_at:
        raise NotFoundError("no key has this id, or it was rotated before")
    key, secret = _made(old.site, old.scopes, old.name, now_ms)
    said = log.entry("key_rotated", by, key=old.id, successor=key.id, site=old.site, name=old.name)
    await _write(store, old.id, said, key, replace(old, expires_at=now_ms + grace_ms or 1))
    return f"mod_{key.id}_{secret}"


async def revoke(store: Store, key_id: str, *, by: Actor) -> None:
    """End a key at once. Raises NotFoundError."""
    old = await find(store, key_id)
    named = {"site": old.site, "name": old.name} if old else {}
    said = log.entry("key_revoked", by, key=key_id, **named)
    if not await store.run("api_key", 0, key_id, *said, key_id, ""):
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


def _made(site: str, scopes: tuple[str, ...], name: str, now_ms: int) -> tuple[ApiKey, str]:
    secret = secrets.token_urlsafe(32)
    return ApiKey(secrets.token_hex(6), site, scopes, digest(secret), name, now_ms), secret


async def _write(store: Store, before: str, said: tuple[str, str], *made: ApiKey) -> None:
    flat = [part for key in made for part in (key.id, json.dumps(asdict(key)))]
    if not await store.run("api_key", 0, before, *said, *flat):
        raise NotFoundError("no key has this id, or it was rotated before")
