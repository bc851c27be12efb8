"""Single sign-on by OpenID Connect: the authorization code flow, with PKCE, state and nonce.

Whoever comes back must be the browser that went, with an answer to what was asked, once. A provider
that fails lets nobody in; passwords are not its affair.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

from moderation.domain import sign_on as token
from moderation.domain.errors import NotFoundError, SignOnError, ThrottledError
from moderation.domain.people import Person
from moderation.domain.sign_on import Asked
from moderation.services.people import People
from moderation.services.provider import Provider
from moderation.services.sessions import SignedIn
from moderation.settings import Settings
from moderation.store import people, sessions, sign_on
from moderation.store.log import Actor
from moderation.store.sign_on import Pending
from moderation.store.store import Store

#: How long somebody may take at the provider (seconds).
PENDING_S = 600
_BYTES = 32
_MAX_STATE = 128


@dataclass(frozen=True, slots=True)
class Begun:
    """Where a browser goes to, and what it must hold when it comes back."""

    place: str = field(repr=False)
    browser: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ended:
    """Who came in, and where they wanted to go."""

    signed: SignedIn
    wanted: str


class SingleSignOn:
    """The use case of one process, for the provider that the settings name."""

    def __init__(self, store: Store, settings: Settings, people: People) -> None:
        self._store = store
        self._people = people
        self._review = settings.review
        self._oidc = settings.review.oidc
        self._sites = frozenset(settings.sites)
        self._provider = Provider(self._oidc)

    async def begin(self, return_to: str, wanted: str, *, client: str) -> Begun:
        """Begin a sign-in for a browser at an address. Raises SignOnError, ThrottledError.

        `return_to`: the address of ours that the provider sends it back to; `wanted`: the page that
        it wants then. It counts against the address until it succeeded, apart from passwords.
        """
        wait_ms = await sessions.count_client(
            self._store,
            client,
            most=self._review.login_tries_client,
            window_ms=round(self._review.login_window_s * 1000),
        )
        if wait_ms:
            raise ThrottledError(math.ceil(wait_ms / 1000))
        to = await self._provider.endpoints()
        state, nonce, verifier, browser = (secrets.token_urlsafe(_BYTES) for _ in range(4))
        pending = Pending(sessions.digest(browser), nonce, verifier, return_to, wanted)
        await sign_on.begin(self._store, state, pending, PENDING_S * 1000)
        asked = {
            "response_type": "code",
            "client_id": self._oidc.client_id or "",
            "redirect_uri": return_to,
            "scope": " ".join(dict.fromkeys(("openid", *self._oidc.scopes))),
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        separator = "&" if "?" in to.authorization else "?"
        return Begun(f"{to.authorization}{separator}{urlencode(asked)}", browser)

    async def finish(self, said: Mapping[str, str], browser: str, *, client: str) -> Ended:
        """Let in whoever comes back from the provider. Raises SignOnError.

        `said`: the query that they come with; `browser`: what theirs holds since it went.
        """
        pending = await self._pending(said.get("state", ""), browser)
        await self._check_sender(said.get("iss"))
        if "error" in said or not said.get("code"):
            raise SignOnError("denied")
        code, verifier = said["code"], pending.verifier
        raw = await self._provider.exchange(code, verifier, pending.return_to)
        claims = await self._provider.claims(raw)
        issuer, client_id = self._oidc.issuer or "", self._oidc.client_id or ""
        named = token.subject(claims, Asked(issuer, client_id, pending.nonce), time.time())
        signed = await self._let_in(issuer, named, claims)
        await sessions.uncount_client(self._store, client)
        return Ended(signed, pending.wanted)

    async def _pending(self, state: str, browser: str) -> Pending:
        found = await sign_on.take(self._store, state) if 0 < len(state) <= _MAX_STATE else None
        if found is None or not hmac.compare_digest(found.browser, sessions.digest(browser)):
            raise SignOnError("state")
        return found

    async def _check_sender(self, issuer: str | None) -> None:
        """Refuse an answer of another provider than the one that was asked (RFC 9207)."""
        must = (await self._provider.endpoints()).names_itself
        if issuer != self._oidc.issuer and (must or issuer is not None):
            raise SignOnError("token")

    async def _let_in(self, issuer: str, named: str, claims: token.Claims) -> SignedIn:
        who = sign_on.identity(self._store, issuer, named)
        person_id, by = f"p_{who[:16]}", Actor("provider", issuer, "sign-on")
        try:
            member_of = token.groups(claims, self._oidc.groups_claim)
            role = token.role_of(member_of, self._oidc.roles)
            sites = token.sites_of(member_of, self._oidc.sites, self._sites)
        except SignOnError:  # what was theirs before ends as well, wherever they are signed in
            with suppress(NotFoundError):
                await people.end_sessions(self._store, person_id, by=by)
            raise
        person = Person(person_id, "", role, sites)
        names = token.names(claims, self._oidc.name_claim, person.id)
        session = self._people.sessions.new()
        if not await sign_on.sign_on(self._store, person, who, names, session, by=by):
            raise SignOnError("disabled")
        return await self._people.sessions.begun(session)


def _challenge(verifier: str) -> str:
    """Return what PKCE tells of a verifier beforehand (RFC 7636, S256)."""
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).decode().rstrip("=")
