"""Single sign-on as stored: sign-ins that wait for the provider, and accounts that it vouches for.

Who somebody is to the provider is kept as a keyed hash only. A state is kept as its digest, and the
browser that began it as another, so that neither can be read out of the store.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from moderation.domain.people import Person, name_key
from moderation.store import log, people
from moderation.store.log import Actor
from moderation.store.sessions import NewSession, digest
from moderation.store.store import Store

#: How many sign-ins may wait at once, each some 700 bytes.
MOST_PENDING = 4096


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in that was begun. `browser`: the digest of what its browser holds."""

    browser: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    return_to: str
    wanted: str


async def begin(store: Store, state: str, pending: Pending, life_ms: int) -> None:
    """Note a sign-in that waits for the provider; beyond 4,096 the oldest is forgotten."""
    said = json.dumps(asdict(pending))
    await store.run("pending_add", 0, digest(state), said, life_ms, MOST_PENDING)


async def take(store: Store, state: str) -> Pending | None:
    """Use up what was begun with a state; None where nothing was, or it is over."""
    found = await store.run("pending_take", 0, digest(state))
    return Pending(**json.loads(found)) if found else None


def identity(store: Store, issuer: str, subject: str) -> str:
    """Return the keyed hash of whom a provider means by a name of its own (64 hex digits)."""
    said = json.dumps(["sign-on", issuer, subject]).encode()
    return hmac.new(store.secret, said, "sha256").hexdigest()


async def sign_on(
    store: Store,
    person: Person,
    who: str,
    names: Iterable[str],
    session: NewSession,
    *,
    by: Actor,
) -> bool:
    """Make a person's account or set its role and sites anew, and begin a session.

    A new account gets the first of `names` that nobody has. False for a disabled account.
    """
    id_, role, sites = person.id, person.role.value, people.sites_field(person.sites)
    change, role_said = log.entry("role_changed", by, person=id_, role=role)
    _, sites_said = log.entry("sites_changed", by, person=id_, sites=json.loads(sites))
    made: list[str] = []
    for name in names:
        said = people.said_of(Person(id_, name, person.role, person.sites))
        made += (name, name_key(name), log.entry("person_added", by, **said)[1])
    args = [id_, who, role, sites, digest(session.token), str(session.life_ms)]
    return bool(await store.run("sign_on", 0, *args, change, role_said, sites_said, *made))
