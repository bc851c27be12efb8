"""A provider of our own: it signs whatever a test wants, and answers as badly as one asks it to."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CODE = "a-code-that-is-worth-a-token"


@dataclass
class OwnProvider:
    """What it says, to be changed by a test before it is asked.

    `token` makes the ID token of the claims that an honest one would have; None for what `sign`
    does. `answers` replace whole answers by path: (status, body) or a coroutine's. `asked` are the
    paths that were asked for, `forms` what came with a code.
    """

    issuer: str = ""
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1"}))
    published: list[Any] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)
    token: Callable[[dict[str, Any]], str] | None = None
    description: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    forms: list[tuple[Mapping[str, str], Mapping[str, str]]] = field(default_factory=list)
    begun: dict[str, str] = field(default_factory=dict)
    used: bool = False

    def sign(self, claims: Mapping[str, Any], alg: str = "RS256", **header: Any) -> str:
        """Return a token of these claims by the provider's key."""
        said = {"alg": alg, "kid": self.key.kid, **header}
        return jwt.encode({k: v for k, v in said.items() if v is not None}, dict(claims), self.key,
                          algorithms=[alg])  # fmt: skip

    def consent(self, place: str, **said: str) -> str:
        """Return the path and query that a browser comes back with; `said` replaces parts of it."""
        asked = {name: one for name, (one,) in parse_qs(urlsplit(place).query).items()}
        self.begun, self.used = asked, False
        back = {"code": CODE, "state": asked["state"], **said}
        return f"{urlsplit(asked['redirect_uri']).path}?{urlencode(back)}"

    def honest(self) -> dict[str, Any]:
        """Return the claims of the sign-in that was begun last."""
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": self.begun["client_id"], "sub": "ada", "iat": now,
            "exp": now + 300, "nonce": self.begun["nonce"], "name": "Ada", "groups": ["moderators"],
        }  # fmt: skip
        return {k: v for k, v in {**claims, **self.claims}.items() if k not in self.without}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request as the test wants it, else as an honest provider would."""
        path = request.path.rpartition("/")[2]
        self.asked.append(path)
        if path in self.answers:
            wanted = self.answers[path]
            status, body = await wanted() if callable(wanted) else wanted
            return web.Response(status=status, body=body, content_type="application/json")
        if path == "openid-configuration":
            return web.json_response(
                {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                    **self.description,
                }
            )
        if path == "keys":
            keys = self.published or [self.key]
            public = [
                one.as_dict(private=False) if hasattr(one, "as_dict") else one for one in keys
            ]
            return web.json_response({"keys": public})
        return await self._token(request)

    async def _token(self, request: web.Request) -> web.Response:
        form = dict((await request.post()).items())
        self.forms.append((form, dict(request.headers)))
        hashed = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
        fits = (
            form["code"] == CODE
            and challenge == self.begun["code_challenge"]
            and form["redirect_uri"] == self.begun["redirect_uri"]
        )
        if self.used or not fits:
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.used = True
        token = (self.token or self.sign)(self.honest())
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": token})


def unsigned(claims: Mapping[str, Any], **header: Any) -> str:
    """Return a token with a header of one's choice and nothing for a signature."""
    parts = ({"typ": "JWT", **header}, claims)
    said = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode()
            for one in parts]  # fmt: skip
    return f"{said[0]}.{said[1]}."


def another_key(kid: str | None = "k2") -> Any:
    return ECKey.generate_key("P-256", {"kid": kid} if kid else None)


@asynccontextmanager
async def own_provider() -> AsyncIterator[OwnProvider]:
    """Run the provider on loopback."""
    provider = OwnProvider()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", provider.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    provider.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield provider
    finally:
        await runner.cleanup()


async def never() -> tuple[int, bytes]:
    """Answer long after everybody has gone."""
    await asyncio.sleep(60)
    return 200, b"{}"
