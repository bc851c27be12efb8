"""The provider of single sign-on, as it is reached: its description, its keys, a code for a token.

Whatever goes wrong is a SignOnError that says nothing of what was sent or answered: no error
and no log has a code, a token or a secret. No redirect is followed, and no answer read beyond a
size.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
import warnings
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import aiohttp
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from moderation.domain.errors import SignOnError
from moderation.single_sign_on import Oidc, is_safe

#: Signatures that only the provider can make. No `none`, and none by a secret that we have too.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
              "EdDSA", "Ed25519")  # fmt: skip
_TIMEOUT = aiohttp.ClientTimeout(total=5)
_MAX_BYTES = 256 * 1024
_KEPT_S = 3600.0
#: How often keys are asked for because a token names one that is not known.
_ANEW_S = 60.0
#: How long a provider that failed is not asked again.
_FAILED_S = 5.0
_RSA_BITS = 2048
_KEYS: dict[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_REGISTRY = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)

_T = TypeVar("_T")
log = structlog.get_logger("moderation.sign_on")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What of a provider's description is used. `names_itself`: its answers carry `iss`."""

    authorization: str
    token: str
    keys: str
    by_basic: bool
    names_itself: bool


class Provider:
    """One provider; its description and its keys are kept for an hour."""

    def __init__(self, oidc: Oidc) -> None:
        self._oidc = oidc
        self._endpoints = _Kept(self._discover)
        self._keys = _Kept(self._fetch_keys)

    async def endpoints(self) -> Endpoints:
        """Return where the provider is asked for what. Raises SignOnError."""
        return await self._endpoints.get()

    async def exchange(self, code: str, verifier: str, return_to: str) -> str:
        """Return the ID token, unchecked, that a code is worth. Raises SignOnError."""
        to = await self.endpoints()
        client_id = self._oidc.client_id or ""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": return_to,
            "code_verifier": verifier,
        }
        headers = {}
        secret = self._oidc.client_secret
        if secret and to.by_basic:
            pair = f"{quote(client_id, safe='')}:{quote(secret.get_secret_value(), safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form["client_id"] = client_id
            if secret:
                form["client_secret"] = secret.get_secret_value()
        answer = await _ask("POST", to.token, data=form, headers=headers)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise SignOnError("token")
        return token

    async def claims(self, token: str) -> Mapping[str, Any]:
        """Return what a token says, its signature checked. Raises SignOnError."""
        try:
            header = jws.extract_compact(token.encode(), registry=_REGISTRY).headers()
            if str(header.get("typ", "JWT")).upper() != "JWT":  # an access token is none, say
                raise SignOnError("token")
            key = await self._key(header)
            return jwt.decode(token, key, ALGORITHMS, _REGISTRY).claims
        except (JoseError, ValueError, TypeError, RecursionError):
            raise SignOnError("token") from None

    async def _key(self, header: Mapping[str, Any]) -> Key:
        """Return the key that a token names; keys that are not known yet are asked for, at times.

        A token that names none is of the only key that there is.
        """
        kid = header.get("kid")
        found = _named(await self._keys.get(), kid)
        if found is None:
            found = _named(await self._keys.get(not_older_s=_ANEW_S), kid)
        if found is None:
            raise SignOnError("token")
        return found

    async def _discover(self) -> Endpoints:
        issuer = self._oidc.issuer or ""
        said = await _ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if said.get("issuer") != issuer:
            raise SignOnError("down")
        methods = said.get("token_endpoint_auth_methods_supported")
        by_basic = not isinstance(methods, list) or "client_secret_basic" in methods
        names_itself = said.get("authorization_response_iss_parameter_supported") is True
        return Endpoints(
            authorization=self._place(said, "authorization_endpoint"),
            token=self._place(said, "token_endpoint"),
            keys=self._place(said, "jwks_uri"),
            by_basic=by_basic,
            names_itself=names_itself,
        )

    def _place(self, said: Mapping[str, Any], name: str) -> str:
        """Return an address of the provider's; a plain one only where all of it is on this host."""
        place, issuer = said.get(name), self._oidc.issuer or ""
        secure = ("https:", "http:") if issuer.startswith("http:") else ("https:",)
        if not (isinstance(place, str) and is_safe(place) and place.startswith(secure)):
            raise SignOnError("down")
        return place

    async def _fetch_keys(self) -> Mapping[str, Key]:
        said = (await _ask("GET", (await self.endpoints()).keys)).get("keys")
        found = [_read(one) for one in said] if isinstance(said, list) else []
        return dict(one for one in found if one is not None)


class _Kept(Generic[_T]):
    """What is fetched, kept for an hour; one fetches at a time, and what failed waits a little."""

    def __init__(self, fetch: Callable[[], Awaitable[_T]]) -> None:
        self._fetch = fetch
        self._one = asyncio.Lock()
        self._value: tuple[float, _T] | None = None
        self._failed_at = float("-inf")

    async def get(self, not_older_s: float = _KEPT_S) -> _T:
        """Return it, no older than this. Raises SignOnError."""
        async with self._one:
            now = time.monotonic()
            if self._value and now - self._value[0] < not_older_s:
                return self._value[1]
            if now - self._failed_at < _FAILED_S:
                raise SignOnError("down")
            try:
                self._value = (now, await self._fetch())
            except SignOnError:
                self._failed_at = time.monotonic()
                raise
            return self._value[1]


async def _ask(
    method: str, url: str, *, data: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:  # fmt: skip
    """Return the JSON object that a provider answers. Raises SignOnError."""
    sent = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
    try:
        async with (
            aiohttp.ClientSession(
                timeout=_TIMEOUT, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
            ) as http,
            http.request(method, url, data=data, headers=sent, allow_redirects=False) as response,
        ):
            raw = b""
            async for part in response.content.iter_chunked(65_536):
                raw += part
                if len(raw) > _MAX_BYTES:
                    break
            status = response.status
    except (aiohttp.ClientError, OSError, ValueError) as error:  # a time-out is an OSError
        log.warning("the provider can't be reached", error=type(error).__name__)
        raise SignOnError("down") from None
    return _object(raw, status, ok=data is None)


def _object(raw: bytes, status: int, *, ok: bool) -> Mapping[str, Any]:
    """Return an answer's JSON. `ok`: whether any refusal is a fault of the provider's."""
    said = None
    if len(raw) <= _MAX_BYTES:
        try:
            said = json.loads(raw)
        except (ValueError, RecursionError):
            said = None
    if status == 200 and isinstance(said, dict):  # noqa: PLR2004 - HTTP's own number
        return said
    log.warning("the provider refuses, or makes no sense", status=status)
    # RFC 6749: a code that is used, over or of another is a 400; so is nothing else.
    raise SignOnError("token" if status == 400 and not ok else "down")  # noqa: PLR2004


def _read(said: object) -> tuple[str, Key] | None:
    """Return a key that signatures can be checked by, and its name; None for any other."""
    if not isinstance(said, dict) or said.get("use", "sig") != "sig":
        return None
    kind = _KEYS.get(str(said.get("kty")))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            key = kind.import_key(said) if kind else None
        if key is None or (isinstance(key, RSAKey) and key.public_key.key_size < _RSA_BITS):
            return None
        # Without a name it is known by the digest of itself, as RFC 7638 makes it.
        return str(key.kid or key.thumbprint()), key
    except (JoseError, UnsupportedAlgorithm, ValueError, TypeError, KeyError):
        return None


def _named(keys: Mapping[str, Key], kid: object) -> Key | None:
    if kid is None:
        return next(iter(keys.values())) if len(keys) == 1 else None
    return keys.get(kid) if isinstance(kid, str) else None
