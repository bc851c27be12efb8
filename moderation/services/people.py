"""People: their accounts, how they sign in, and how long that lasts.

Sessions are kept on the server and end by its clock. What a person may is read anew with each use
of a session, so a changed role or a disabled account counts at once. No password, token or code is
logged here, or put into an error.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from moderation.domain.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    WrongPasswordError,
)
from moderation.domain.people import (
    MAX_PASSWORD,
    Person,
    Right,
    Role,
    check_password,
    clean_name,
)
from moderation.services.attempts import Attempts
from moderation.services.passwords import Passwords
from moderation.settings import Settings
from moderation.store import people, sessions
from moderation.store.log import SERVICE, Actor
from moderation.store.people import Account
from moderation.store.sessions import NewSession
from moderation.store.store import Store

_TOKEN_BYTES = 32
_TOKEN_LENGTH = 43  # of 32 bytes in base64
_HOUR_MS = 3_600_000
_FIRST_ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session. `token` opens it, `csrf` goes with each POST; `expires_at` in ms since 1970."""

    person: Person
    token: str = field(repr=False)
    csrf: str = field(repr=False)
    expires_at: int


class People:
    """The use case of one process."""

    def __init__(
        self, store: Store, settings: Settings, passwords: Passwords | None = None
    ) -> None:
        self._store = store
        self._sites = frozenset(settings.sites)
        self._review = settings.review
        self._passwords = passwords or Passwords()
        self._attempts = Attempts(store, settings.review)
        oidc = settings.review.oidc
        self._ways = (people.BY_PASSWORD if oidc.allows_password(Role.ADMIN) else "") + (
            people.BY_SIGN_ON if oidc.issuer else ""
        )

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
        if not self._review.oidc.allows_password(role):
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
        known = account.password if account and self._may_use_password(account.person) else None
        fits = len(password) <= MAX_PASSWORD
        if not fits or not await self._passwords.matches(known, password) or account is None:
            raise WrongPasswordError
        session = self.new_session()
        if not await sessions.begin(self._store, account, session):
            raise WrongPasswordError  # disabled, or given another password, just now
        await self._attempts.succeeded(tried)
        return await self.begun(session)

    async def once_link(self, person_id: str, *, by: Actor) -> str:
        """Return a new code that lets a person in once, to choose a password; the last one counts.

        Raises NotFoundError for nobody, or somebody disabled; InvalidError where they sign in
        otherwise.
        """
        account = await people.find(self._store, person_id)
        if account is None or not account.person.active:
            raise NotFoundError("nobody active has this id")
        if account.signs_on or not self._may_use_password(account.person):
            raise InvalidError("this account signs in by single sign-on, not by a password")
        code = secrets.token_urlsafe(_TOKEN_BYTES)
        life_ms = round(self._review.once_h * _HOUR_MS)
        await sessions.offer(self._store, person_id, code, life_ms, by=by)
        return f"{person_id}.{code}"

    async def first_link(self) -> str | None:
        """Return a code for a first admin where nobody can sign in yet, else None."""
        accounts = await people.listed(self._store)
        if any(
            self._may_sign_in(account) and (account.password or account.signs_on)
            for account in accounts
        ):
            return None
        if not self._review.oidc.allows_password(Role.ADMIN):
            return None
        admins = [
            one.person
            for one in accounts
            if one.person.active and one.person.may(Right.PEOPLE) and not one.signs_on
        ]
        admin = admins[0] if admins else await self._first_admin()
        return await self.once_link(admin.id, by=SERVICE)

    async def _first_admin(self) -> Person:
        try:
            return await self.add(_FIRST_ADMIN, Role.ADMIN, None, None, by=SERVICE)
        except ConflictError:  # somebody has the name who can't sign in
            name = f"{_FIRST_ADMIN} {secrets.token_hex(2)}"
            return await self.add(name, Role.ADMIN, None, None, by=SERVICE)

    async def invited(self, code: str) -> Person | None:
        """Return whom a one-time code would let in; it is not used up."""
        person_id, _, secret = code.partition(".")
        account = await people.find(self._store, person_id)
        if account is None or not self._may_use_password(account.person):
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
        hashed, session = await self._passwords.hashed(password), self.new_session()
        if not await sessions.redeem(self._store, person_id, secret, hashed, session, by=by):
            raise gone
        return await self.begun(session)

    async def session(self, token: str) -> SignedIn | None:
        """Return whose session a token opens, as they are now; None when it opens none.

        One that began by a way in which was closed since opens none.
        """
        if len(token) != _TOKEN_LENGTH:
            return None
        found = await sessions.find(self._store, token)
        if found is None or not self._may_sign_in(found[0]):
            return None
        return SignedIn(found[0].person, token, self._csrf(token), found[1])

    async def sign_out(self, token: str) -> None:
        """End one session."""
        await sessions.end(self._store, token)

    async def change_password(self, person: Person, old: str, new: str, *, client: str) -> SignedIn:
        """Replace a person's password by their own will; all their sessions end, a new one begins.

        Raises InvalidError for a password that is none, WrongPasswordError, ThrottledError,
        OverloadedError. A wrong old one counts as a failed sign-in.
        """
        check_password(new)
        tried = await self._attempts.made(person.name, client)
        account = await people.find(self._store, person.id)
        known = account.password if account and self._may_use_password(account.person) else None
        fits = len(old) <= MAX_PASSWORD
        if not fits or not await self._passwords.matches(known, old) or known is None:
            raise WrongPasswordError
        hashed, session = await self._passwords.hashed(new), self.new_session()
        by = Actor(person.id, person.name, "page")
        if not await sessions.set_password(self._store, person.id, known, hashed, session, by=by):
            raise WrongPasswordError  # disabled, or given another password, just now
        await self._attempts.succeeded(tried)
        return await self.begun(session)

    async def revoke(self, person_id: str, *, by: Actor) -> None:
        """End all sessions of a person. Raises NotFoundError."""
        await people.end_sessions(self._store, person_id, by=by)

    async def set_role(self, person_id: str, role: Role, *, by: Actor) -> None:
        """Change what a person may, in their running sessions too.

        Raises NotFoundError, LastAdminError, InvalidError where the provider's groups say it, and
        for a role that may not sign in by the password that they have.
        """
        account = await self._check_is_ours(person_id)
        could = self._may_use_password(account.person)
        if could and not self._review.oidc.allows_password(role):
            raise InvalidError("people of this role sign in by single sign-on here")
        await people.set_role(self._store, person_id, role, by=by, ways=self._ways)

    async def set_active(self, person_id: str, *, active: bool, by: Actor) -> None:
        """Disable or enable an account; its sessions end either way.

        Raises NotFoundError, LastAdminError.
        """
        await people.set_active(self._store, person_id, active=active, by=by, ways=self._ways)

    async def set_sites(self, person_id: str, sites: Iterable[str] | None, *, by: Actor) -> None:
        """Change which sites a person sees, None for all, in their running sessions too.

        Raises NotFoundError, LastAdminError, InvalidError for sites that there are not, and where
        the provider's groups say it.
        """
        chosen = self._chosen(sites)
        await self._check_is_ours(person_id)
        await people.set_sites(self._store, person_id, chosen, by=by, ways=self._ways)

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

    def _may_sign_in(self, account: Account) -> bool:
        """Return whether the way by which this account signs in is open."""
        if account.signs_on:
            return account.person.active and people.BY_SIGN_ON in self._ways
        return self._may_use_password(account.person)

    def _may_use_password(self, person: Person) -> bool:
        return person.active and self._review.oidc.allows_password(person.role)

    async def _hashed(self, password: str) -> str:
        check_password(password)
        return await self._passwords.hashed(password)

    def new_session(self) -> NewSession:
        """Return a session to begin: a token that nobody has."""
        life_ms = round(self._review.session_h * _HOUR_MS)
        return NewSession(secrets.token_urlsafe(_TOKEN_BYTES), life_ms)

    async def begun(self, session: NewSession) -> SignedIn:
        """Return a session that has just begun. Raises WrongPasswordError."""
        signed = await self.session(session.token)
        if signed is None:
            raise WrongPasswordError  # ended between two calls
        return signed

    def _csrf(self, token: str) -> str:
        return hmac.new(self._store.secret, f"csrf {token}".encode(), "sha256").hexdigest()
