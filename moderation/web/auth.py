"""Who calls: a bearer key of a site, or a message that a site signed.

A key is checked on the headers, before any body is read. A signature covers the body and nothing
else, so it opens only what its body alone determines: submitting. Nothing here logs a credential.
"""

from __future__ import annotations

import hmac
import secrets
import time
from base64 import b64encode
from dataclasses import dataclass

from aiohttp import hdrs, web

from moderation.domain.signature import BadSignatureError, verify
from moderation.settings import Settings
from moderation.sites import Scope
from moderation.store import api_keys
from moderation.store.store import Store
from moderation.web.problems import Problem

#: How long a key that was found is believed: a revoked one opens nothing after this.
_REMEMBERED_S = 2.0
_DEFAULT_SITE = "default"
_MOST_SECRETS = 2
#: The scopes that let a key ask for scores which decide nothing.
SCORING: frozenset[Scope] = frozenset({"score", "submit"})


@dataclass(frozen=True, slots=True)
class Caller:
    """A proven caller: `via` names the key in the audit, `message_id` a message that it signed."""

    site: str
    via: str
    scopes: frozenset[str]
    message_id: str | None = None


class Authenticator:
    """The keys and secrets of one process."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._store = store
        self._sites = settings.sites
        self._configured = [
            (
                api_keys.digest(key.key.get_secret_value()),
                Caller(site, key.name, frozenset(key.scopes)),
            )
            for site, configured in settings.sites.items()
            for key in configured.api_keys
        ]
        self._found: dict[str, tuple[float, api_keys.ApiKey]] = {}
        # Stands in for the secrets of a site that is not there, so that both cost the same.
        self._nobodys = "whsec_" + b64encode(secrets.token_bytes(32)).decode()

    async def by_key(self, request: web.Request, scopes: frozenset[Scope]) -> Caller:
        """Return the caller that the Authorization header proves.

        Raises Problem: 401, 403 for a key with none of the scopes. Raises StoreDownError.
        """
        given = request.headers.getall(hdrs.AUTHORIZATION, [])
        scheme, _, key = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        if scheme.lower() != "bearer" or not key.strip():
            raise unauthorized("one `Authorization: Bearer …` header is required")
        caller = await self.holder(key.strip())
        if caller is None:
            raise unauthorized("this key is not known, or no longer")
        if not scopes & caller.scopes:
            raise Problem("forbidden", f"this needs a key with the scope {_either(scopes)}")
        return caller

    async def holder(self, key: str) -> Caller | None:
        """Return who has a key, None for nobody. Raises StoreDownError."""
        return self._among_configured(key) or await self._among_stored(key)

    def _among_configured(self, key: str) -> Caller | None:
        digest = api_keys.digest(key)
        found = None
        for known, caller in self._configured:
            if hmac.compare_digest(known, digest):
                found = caller
        return found

    async def _among_stored(self, key: str) -> Caller | None:
        """Return the caller of a key `mod_<id>_<secret>`, if its site is configured here."""
        prefix, _, rest = key.partition("_")
        key_id, _, secret = rest.partition("_")
        if prefix != "mod" or not key_id or not secret:
            return None
        found = await self._find(key_id)
        if found is None or not api_keys.matches(found, secret):
            return None
        if not found.is_active(time.time() * 1000) or found.site not in self._sites:
            return None
        return Caller(found.site, found.id, frozenset(found.scopes))

    async def _find(self, key_id: str) -> api_keys.ApiKey | None:
        now = time.monotonic()
        known = self._found.get(key_id)
        if known and now - known[0] < _REMEMBERED_S:
            return known[1]
        self._found.pop(key_id, None)
        found = await api_keys.find(self._store, key_id)
        if found is not None:  # what nobody has is not remembered: it would be a way to fill us
            self._found[key_id] = (now, found)
        return found

    def by_signature(self, request: web.Request, body: bytes) -> Caller:
        """Return the caller that signed the body. Raises Problem 401.

        An unknown site costs and says the same as a bad signature.
        """
        site = request.headers.get("moderation-site", _DEFAULT_SITE)
        configured = self._sites.get(site)
        known = [one.get_secret_value() for one in configured.webhook_secrets] if configured else []
        active = [*known, *[self._nobodys] * _MOST_SECRETS][:_MOST_SECRETS]
        try:
            message_id = verify(active, request.headers, body, time.time())
        except BadSignatureError as error:
            raise unauthorized(str(error)) from None
        return Caller(site, "webhook", frozenset({"submit"}), message_id)


def _either(scopes: frozenset[Scope]) -> str:
    return " or ".join(f"`{scope}`" for scope in sorted(scopes))


def is_signed(request: web.Request) -> bool:
    """Return whether the caller means to prove itself by a signature."""
    return "webhook-signature" in request.headers and hdrs.AUTHORIZATION not in request.headers


def unauthorized(detail: str) -> Problem:
    """Return the 401 that names the way in."""
    return Problem("unauthorized", detail, headers={"WWW-Authenticate": "Bearer"}, close=True)
