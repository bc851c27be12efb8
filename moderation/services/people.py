"""People: their accounts, and how they sign in by a password or a one-time link.

No password, token or code is logged here, or put into an error.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from moderation.domain.errors import (
    InvalidError,
    NotFoundError,
    WrongPasswordError,
)
from moderation.domain.people import (
    MAX_PASSWORD,
    Person,
    Role,
    check_password,
    clean_name,
)
from moderation.services.attempts import Attempts
from moderation.services.passwords import Passwords
from moderation.services.sessions import Sessions, SignedIn
from moderation.services.ways_in import WaysIn
from moderation.settings import Settings
from moderation.store import people, sessions
from moderation.store.log import Actor
from moderation.store.people import Account
from moderation.store.store import Store

_TOKEN_BYTES = 32
_HOUR_MS = 3_600_000


class People:
    """The use case of one process, with the `sessions` and the `ways` in that it rests on."""

    def __init__(
        self, store: Store, settings: Settings, passwords: Passwords | None = None
    ) -> None:
        self._store = store
        self._sites = frozenset(settings.sites)
        self._review = settings.review
        self.ways = WaysIn(settings.review.oidc)
        self.sessions = Sessions(store, self.ways, settings.review.session_h)
        self._passwords = passwords or Passwords()
        self._attempts = Attempts(store, settings.review)

    async def add(
        self,
        name: str,
        role: Role,
        sites: Iterable[str] | None,
        password: str | None,
        *,
        by: Actor,
    ) -> Person:
        """Make an account; without a password nobody can sign in to it until a one-time link is.

        `sites`: None for all. Raises InvalidError, ConflictError for a name that somebody has.
        """
        chosen = self._chosen(sites)
        if not self.ways.allow_password(role):
            raise InvalidError("people of this role sign in by single sign-on here")
        person = Person("p_" + secrets.token_hex(8), clean_name(name), role, chosen)
        hashed = await self._hashed(password) if password else None
        await people.add(self._store, person, hashed, by=by)
        return person

    async def sign_in(self, name: str, password: str, *, client: str) -> SignedIn:
        """Begin a session for a name and a password. `client` is the address that it comes from.

        Raises ThrottledError, WrongPasswordError, OverloadedError. An unknown name costs as much
        as a wrong password.
        """
        tried = await self._attempts.made(name, client)
        account = await people.named(self._store, name)
        known = account.password if account and self.ways.take_password_of(account.person) else None
        fits = len(password) <= MAX_PASSWORD
        if not fits or not await self._passwords.matches(known, password) or account is None:
            raise WrongPasswordError
        session = self.sessions.new()
        if not await sessions.begin(self._store, account, session):
            raise WrongPasswordError  # disabled, or given another password, just now
        await self._attempts.succeeded(tried)
        return await self.sessions.begun(session)

    async def once_link(self, person_id: str, *, by: Actor, hours: float | None = None) -> str:
        """Return a new code that lets a person in once, to choose a password; the last one counts.

        `hours`: how long it works, None for `review.once_h`. Raises NotFoundError for nobody, or
        somebody disabled; InvalidError where they sign in otherwise.
        """
        account = await people.find(self._store, person_id)
        if account is None or not account.person.active:
            raise NotFoundError("nobody active has this id")
        if account.signs_on or not self.ways.take_password_of(account.person):
            raise InvalidError("this account signs in by single sign-on, not by a password")
        code = secrets.token_urlsafe(_TOKEN_BYTES)
        life_ms = round((hours or self._review.once_h) * _HOUR_MS)
        await sessions.offer(self._store, person_id, code, life_ms, by=by)
        return f"{person_id}.{code}"

    async def invited(self, code: str) -> Person | None:
        """Return whom a one-time code would let in; it is not used up."""
        person_id, _, secret = code.partition(".")
        account = await people.find(self._store, person_id)
        if account is None or not self.ways.take_password_of(account.person):
            return None
        return account.person if await sessions.is_offered(self._store, person_id, secret) else None

    async def redeem(self, code: str, password: str) -> SignedIn:
        """Use a one-time code up: the password is set, other sessions end, a new one begins.

        Raises InvalidError for a password that is none; NotFoundError for a code that was used, or
        has expired; OverloadedError.
        """
        check_password(password)
        gone = NotFoundError("this link was used, or has expired")
        person = await self.invited(code)
        if person is None:
            raise gone
        by = Actor(person.id, person.name, "page")
        person_id, _, secret = code.partition(".")
        hashed, session = await self._passwords.hashed(password), self.sessions.new()
        if not await sessions.redeem(self._store, person_id, secret, hashed, session, by=by):
            raise gone
        return await self.sessions.begun(session)

    async def change_password(self, person: Person, old: str, new: str, *, client: str) -> SignedIn:
        """Replace a person's password by their own will; all their sessions end, a new one begins.

        Raises InvalidError for a password that is none, WrongPasswordError, ThrottledError,
        OverloadedError. A wrong old one counts as a failed sign-in.
        """
        check_password(new)
        tried = await self._attempts.made(person.name, client)
        account = await people.find(self._store, person.id)
        known = account.password if account and self.ways.take_password_of(account.person) else None
        fits = len(old) <= MAX_PASSWORD
        if not fits or not await self._passwords.matches(known, old) or known is None:
            raise WrongPasswordError
        hashed, session = await self._passwords.hashed(new), self.sessions.new()
        by = Actor(person.id, person.name, "page")
        if not await sessions.set_password(self._store, person.id, known, hashed, session, by=by):
            raise WrongPasswordError  # disabled, or given another password, just now
        await self._attempts.succeeded(tried)
        return await self.sessions.begun(session)

    async def revoke(self, person_id: str, *, by: Actor) -> None:
        """End all sessions of a person. Raises NotFoundError."""
        await people.end_sessions(self._store, person_id, by=by)

    async def set_role(self, person_id: str, role: Role, *, by: Actor) -> None:
        """Change what a person may, in their running sessions too.

        Raises NotFoundError, LastAdminError, InvalidError where the provider's groups say it, and
        for a role that may not sign in by the password that they have.
        """
        account = await self._check_is_ours(person_id)
        could = self.ways.take_password_of(account.person)
        if could and not self.ways.allow_password(role):
            raise InvalidError("people of this role sign in by single sign-on here")
        ways = self.ways.for_admins
        await people.set_role(self._store, person_id, role, by=by, ways=ways)

    async def set_active(self, person_id: str, *, active: bool, by: Actor) -> None:
        """Disable or enable an account; its sessions end either way.

        Raises NotFoundError, LastAdminError.
        """
        ways = self.ways.for_admins
        await people.set_active(self._store, person_id, active=active, by=by, ways=ways)

    async def set_sites(self, person_id: str, sites: Iterable[str] | None, *, by: Actor) -> None:
        """Change which sites a person sees, None for all, in their running sessions too.

        Raises NotFoundError, LastAdminError, InvalidError for sites that there are not, and where
        the provider's groups say it.
        """
        chosen = self._chosen(sites)
        await self._check_is_ours(person_id)
        ways = self.ways.for_admins
        await people.set_sites(self._store, person_id, chosen, by=by, ways=ways)

    async def named(self, name: str) -> Person:
        """Return who has a name. Raises NotFoundError."""
        account = await people.named(self._store, name)
        if account is None:
            raise NotFoundError("nobody has this name")
        return account.person

    async def listed(self) -> list[Account]:
        """Return all accounts, by name."""
        return await people.listed(self._store)

    async def account(self, person_id: str) -> Account:
        """Return an account. Raises NotFoundError."""
        account = await people.find(self._store, person_id)
        if account is None:
            raise NotFoundError("nobody has this id")
        return account

    async def _check_is_ours(self, person_id: str) -> Account:
        """Refuse to set what the next sign-in by single sign-on would set back."""
        account = await self.account(person_id)
        if account.signs_on:
            raise InvalidError("the groups of single sign-on say what this account may")
        return account

    def _chosen(self, sites: Iterable[str] | None) -> frozenset[str] | None:
        chosen = None if sites is None else frozenset(sites)
        if chosen is not None and not (chosen and chosen <= self._sites):
            raise InvalidError("a person's sites are one or more of the configured ones")
        return chosen

    async def _hashed(self, password: str) -> str:
        check_password(password)
        return await self._passwords.hashed(password)
