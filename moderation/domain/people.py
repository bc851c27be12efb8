"""People who moderate: who they are, and the one table of what each role may do.

A person is an account of ours; what a site's API key may do is told by the key's own scopes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from moderation.domain.errors import InvalidError

MAX_NAME = 64
#: Source: NIST SP 800-63B asks for 8 at the least, and for room for 64 or more; a longer password
#: than the most costs more to hash than it adds.
MIN_PASSWORD, MAX_PASSWORD = 12, 512
_SPACES = re.compile(r"\s+")


class Role(StrEnum):
    """What somebody is here; each may all that the one before may."""

    VIEWER = "viewer"
    MODERATOR = "moderator"
    ADMIN = "admin"


class Right(StrEnum):
    """What can be allowed."""

    READ = "read"
    """See what is held, its history and what colleagues do."""
    DECIDE = "decide"
    """Claim, approve, reject, escalate, take back."""
    BULK = "bulk"
    """Decide many at once."""
    ESCALATED = "escalated"
    """Decide what colleagues escalated."""
    PEOPLE = "people"
    """Make accounts, change roles, end sessions."""
    POLICY = "policy"
    """Draft and apply policies."""


_VIEWER = frozenset({Right.READ})
_MODERATOR = _VIEWER | {Right.DECIDE, Right.BULK}
_ADMIN = _MODERATOR | {Right.ESCALATED, Right.PEOPLE, Right.POLICY}

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: _VIEWER,
    Role.MODERATOR: _MODERATOR,
    Role.ADMIN: _ADMIN,
}


@dataclass(frozen=True, slots=True)
class Person:
    """An account. `id`: `p_` and 16 hex digits; `sites`: None for all of them."""

    id: str
    name: str
    role: Role
    sites: frozenset[str] | None = None
    active: bool = True

    def may(self, right: Right) -> bool:
        """Return whether this person may do something at all."""
        return self.active and right in RIGHTS[self.role]

    @property
    def manages_people(self) -> bool:
        """Whether this is an administrator of all sites: of some, they could make themselves it."""
        return self.may(Right.PEOPLE) and self.sites is None

    def may_see(self, site: str) -> bool:
        """Return whether this person may do it on a site."""
        return self.active and (self.sites is None or site in self.sites)


def clean_name(name: str) -> str:
    """Return a person's name as it is shown: composed, with single spaces.

    Raises InvalidError for an empty one, one over 64 characters, and for characters that are not
    seen, since two names must not look the same.
    """
    cleaned = _SPACES.sub(" ", unicodedata.normalize("NFKC", name)).strip()
    if not 0 < len(cleaned) <= MAX_NAME or not cleaned.isprintable():
        raise InvalidError("a person's name has 1 to 64 characters, all of which can be seen")
    return cleaned


def name_key(name: str) -> str:
    """Return what two spellings of one name have in common; for any text that somebody typed."""
    spaced = _SPACES.sub(" ", unicodedata.normalize("NFKC", name)).strip()
    return unicodedata.normalize("NFKC", spaced.casefold())


def check_password(password: str) -> None:
    """Raise InvalidError for a password that is too short or too long to be one."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InvalidError(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
