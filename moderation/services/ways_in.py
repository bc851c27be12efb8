"""Which ways in are open: by password or by single sign-on, as the settings say, and for whom.

What was set up before a way was closed counts no longer: neither a password nor a session.
"""

from __future__ import annotations

from moderation.domain.people import Person, Role
from moderation.single_sign_on import Oidc
from moderation.store.people import BY_PASSWORD, BY_SIGN_ON, Account


class WaysIn:
    """The ways in of one installation.

    `for_admins`: those by which an administrator can sign in, as the store is told them.
    """

    def __init__(self, oidc: Oidc) -> None:
        self._oidc = oidc
        by_password = BY_PASSWORD if oidc.allows_password(Role.ADMIN) else ""
        self.for_admins = by_password + (BY_SIGN_ON if oidc.issuer else "")

    def allow_password(self, role: Role) -> bool:
        """Return whether people of this role may sign in by a password at all."""
        return self._oidc.allows_password(role)

    def take_password_of(self, person: Person) -> bool:
        """Return whether this person may sign in by a password now."""
        return person.active and self.allow_password(person.role)

    def admit(self, account: Account) -> bool:
        """Return whether the way by which this account signs in is open."""
        if account.signs_on:
            return account.person.active and self._oidc.issuer is not None
        return self.take_password_of(account.person)
