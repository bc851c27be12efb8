"""Single sign-on: what an ID token must say, and what its groups make of somebody.

Its signature is checked before (`services/provider.py`); here are the claims of OpenID Connect Core
1.0, section 3.1.3.7. Nothing here is told to whoever signs in: why a token is refused is for the
metrics alone.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moderation.domain.errors import InvalidError, SignOnError
from moderation.domain.people import MAX_NAME, Role, clean_name

#: How far the clocks of the provider and of this service may be apart (seconds).
LEEWAY_S = 60
#: Source: OpenID Connect Core 1.0, section 2, on `sub`.
_MAX_SUBJECT = 255
_SUFFIXES = range(2, 10)
_ROLES = tuple(Role)  # each may all that the one before may
#: In a map of groups to sites: all of them.
ALL_SITES = "*"

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a token must be an answer to. `nonce`: made for this one sign-in."""

    issuer: str
    client_id: str
    nonce: str


def subject(claims: Claims, asked: Asked, now: float) -> str:
    """Return whom a token is about, by the provider's own name. `now`: seconds since 1970.

    Raises SignOnError for a token of another issuer, for another client or another sign-in, and for
    one that is over or not valid yet.
    """
    named = claims.get("sub")
    if not (
        claims.get("iss") == asked.issuer
        and _is_for(claims, asked.client_id)
        and _is_now(claims, now)
        and _is_nonce(claims.get("nonce"), asked.nonce)
        and isinstance(named, str)
        and 0 < len(named) <= _MAX_SUBJECT
    ):
        raise SignOnError("token")
    return named


def groups(claims: Claims, name: str) -> frozenset[str]:
    """Return the groups that a claim names: a list of them, or one."""
    said = claims.get(name)
    several = said if isinstance(said, list) else [said]
    return frozenset(one for one in several if isinstance(one, str))


def role_of(member_of: frozenset[str], roles: Mapping[str, Role]) -> Role:
    """Return the highest role that a person's groups give. Raises SignOnError where none does."""
    found = [role for group, role in roles.items() if group in member_of]
    if not found:
        raise SignOnError("refused")
    return max(found, key=_ROLES.index)


def sites_of(
    member_of: frozenset[str], of_group: Mapping[str, tuple[str, ...]], there_are: frozenset[str]
) -> frozenset[str] | None:
    """Return the sites that a person's groups give, None for all; all where no group is mapped.

    Raises SignOnError for somebody whose groups give none of those that there are.
    """
    if not of_group:
        return None
    found = {site for group, sites in of_group.items() if group in member_of for site in sites}
    if ALL_SITES in found:
        return None
    if not found & there_are:
        raise SignOnError("refused")
    return frozenset(found & there_are)


def names(claims: Claims, name: str, person_id: str) -> Iterator[str]:
    """Yield the names that an account may get, the first that nobody has is its own.

    A name that cannot be shown is as none: then it is the account's id.
    """
    try:
        plain = clean_name(said) if isinstance(said := claims.get(name), str) else person_id
    except InvalidError:
        plain = person_id
    yield plain
    for suffix in (*_SUFFIXES, person_id):
        added = f" ({suffix})"
        yield plain[: MAX_NAME - len(added)].rstrip() + added


def _is_for(claims: Claims, client_id: str) -> bool:
    """Return whether the token was made for us, and asked for by us."""
    audience = claims.get("aud")
    several = audience if isinstance(audience, list) else [audience]
    by = claims.get("azp", None if len(several) > 1 else client_id)
    return client_id in several and by == client_id


def _is_now(claims: Claims, now: float) -> bool:
    expires, issued = _time(claims.get("exp")), _time(claims.get("iat"))
    starts = _time(claims.get("nbf", issued))
    if expires is None or issued is None or starts is None:
        return False
    return expires > now - LEEWAY_S and issued <= now + LEEWAY_S and starts <= now + LEEWAY_S


def _time(said: object) -> float | None:
    return said if isinstance(said, int | float) and not isinstance(said, bool) else None


def _is_nonce(said: object, nonce: str) -> bool:
    return isinstance(said, str) and hmac.compare_digest(
        said.encode(errors="surrogatepass"), nonce.encode()
    )
