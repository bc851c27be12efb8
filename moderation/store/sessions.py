"""Sessions, one-time codes and counts of failed sign-ins: what lapses, by the server's clock.

Only SHA-256 digests of tokens and codes are stored; both have 256 random bits, so that a plain hash
can't be guessed back. Names and addresses are counted in buckets of a keyed hash: however many an
attacker makes up, there is a bounded number of keys, and none says whom it is about.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from moderation.store import keys, log, people
from moderation.store.log import Actor
from moderation.store.store import Store, down_on_error

_BUCKET_DIGITS = 4  # 65,536 buckets, a few megabytes when all are in use


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody who wants to sign in, as the counts know them. Both are buckets."""

    name: str
    client: str


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session to begin."""

    token: str = field(repr=False)
    life_ms: int


def digest(token: str) -> str:
    """Return what a token or code is stored as."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


async def begin(store: Store, account: people.Account, session: NewSession) -> bool:
    """Begin a session; False when the person changed since the account was read."""
    args = (account.person.id, account.epoch, digest(session.token), session.life_ms)
    return bool(await store.run("session_add", 0, *args))


async def find(store: Store, token: str) -> tuple[people.Account, int] | None:
    """Return whose session a token opens, as they are now (but the password), and its end (ms).

    None for one that is unknown, over, revoked, or of somebody disabled.
    """
    found = await store.run("session", 0, digest(token))
    if not found:
        return None
    person_id, expires_at, *record = found
    fields = dict(zip(record[::2], record[1::2], strict=True))
    return people.read(person_id, fields), int(expires_at)


async def end(store: Store, token: str) -> None:
    """End one session."""
    async with down_on_error():
        await store.redis.delete(keys.session(digest(token)))


async def offer(store: Store, person_id: str, code: str, life_ms: int, *, by: Actor) -> None:
    """Let a person in once by a code; an earlier code of theirs opens nothing any more."""
    said = log.entry("link_made", by, person=person_id)
    await store.run("once_offer", 0, person_id, digest(code), life_ms, *said)


async def is_offered(store: Store, person_id: str, code: str) -> bool:
    """Return whether a code would let this person in; it is not used up."""
    async with down_on_error():
        known = await store.redis.get(keys.once(person_id))
    return known is not None and hmac.compare_digest(known, digest(code))


async def redeem(
    store: Store, person_id: str, code: str, password: str, session: NewSession, *, by: Actor
) -> bool:
    """Use a code up: set the password's hash and begin a session. False for a code that is none."""
    said = log.entry("link_used", by, person=person_id)
    args = (person_id, digest(code), password, digest(session.token), session.life_ms)
    return bool(await store.run("once_redeem", 0, *args, *said))


async def set_password(
    store: Store, person_id: str, known: str, hashed: str, session: NewSession, *, by: Actor
) -> bool:
    """Replace a password's hash, end all sessions and links, and begin a session.

    False when the person was disabled, or the hash is not the known one any more.
    """
    said = log.entry("password_changed", by, person=person_id)
    args = (person_id, known, hashed, digest(session.token), session.life_ms)
    return bool(await store.run("password_set", 0, *args, *said))


def attempt(store: Store, name_key: str, client: str) -> Attempt:
    """Return the buckets of a name and of a client's address."""
    return Attempt(_bucket(store, "n", name_key), _bucket(store, "c", client))


async def count(
    store: Store, tried: Attempt, *, by_name: int, by_client: int, window_ms: int
) -> int:
    """Count an attempt. Returns 0, or after how long one may be made (ms): then it was not counted.

    The client comes first, so that one that is stopped counts no more against any name.
    """
    args = (tried.client, by_client, tried.name, by_name)
    return int(await store.run("attempt", 0, window_ms, *args))


async def uncount(store: Store, tried: Attempt) -> None:
    """Take an attempt back that succeeded: the name begins anew, the client is at one less."""
    await store.run("attempt_back", 0, secrets.token_hex(8), tried.client, tried.name)


async def count_client(store: Store, client: str, *, most: int, window_ms: int) -> int:
    """Count a sign-in that is begun at a provider, apart from passwords; answers as `count`."""
    return int(await store.run("attempt", 0, window_ms, _bucket(store, "o", client), most))


async def uncount_client(store: Store, client: str) -> None:
    """Take one back that was begun at a provider and succeeded."""
    await store.run("attempt_back", 0, secrets.token_hex(8), _bucket(store, "o", client))


def _bucket(store: Store, kind: str, value: str) -> str:
    said = f"sign-in {kind} {value}".encode(errors="surrogatepass")
    hashed = hmac.new(store.secret, said, "sha256").hexdigest()
    return f"{kind}:{hashed[:_BUCKET_DIGITS]}"
