"""Single sign-on under attack: what is no answer to what was asked lets nobody in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import warnings
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from moderation.store import log
from tests.fakes.own_provider import OwnProvider, another_key, own_provider, unsigned
from tests.real_provider import CLIENT, settings
from tests.web.kit import Service, serving
from tests.web.sign_on_kit import refused, sign_on
from tests.web.signing_in import Browser, browser, sign_ins


@pytest.fixture
async def provider() -> AsyncIterator[OwnProvider]:
    async with own_provider() as running:
        yield running


@pytest.fixture
async def service(embedded_url: str, provider: OwnProvider) -> AsyncIterator[Service]:
    review = {"oidc": settings(provider.issuer)}
    async with serving(embedded_url, works=False, review=review) as running:
        yield running


@pytest.fixture
async def ada(service: Service) -> AsyncIterator[Browser]:
    async with browser(service) as one:
        yield one


async def test_an_honest_answer_lets_in(service: Service, ada: Browser, provider: OwnProvider):
    page = await sign_on(ada, provider)
    assert (page.status, page.place) == (303, "/")
    assert await ada.is_in()
    (form, headers), *_ = provider.forms
    assert headers["Authorization"].startswith("Basic ")
    assert "client_secret" not in form


FALSE_CLAIMS: dict[str, dict[str, Any]] = {
    "wrong nonce": {"nonce": "another"},
    "nonce that is no text": {"nonce": 7},
    "other audience": {"aud": "another-client"},
    "one of several, asked for by nobody": {"aud": [CLIENT, "another-client"]},
    "asked for by another": {"aud": [CLIENT, "another"], "azp": "another"},
    "one audience, asked for by another": {"azp": "another"},
    "expired": {"exp": int(time.time()) - 120},
    "expires never": {"exp": None},
    "issued in the future": {"iat": int(time.time()) + 86_400},
    "not yet": {"nbf": int(time.time()) + 86_400},
    "times that are none": {"exp": True, "iat": "now"},
    "other issuer": {"iss": "https://other.example"},
    "about nobody": {"sub": ""},
    "about no text": {"sub": 7},
    "about too much": {"sub": "x" * 300},
}


@pytest.mark.parametrize("claims", FALSE_CLAIMS.values(), ids=FALSE_CLAIMS.keys())
async def test_false_claims(ada: Browser, provider: OwnProvider, claims: dict[str, Any]):
    provider.claims = claims
    await refused(ada, await sign_on(ada, provider), "token")


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "exp", "iat", "nonce"])
async def test_missing_claims(ada: Browser, provider: OwnProvider, name: str):
    provider.without = {name}
    await refused(ada, await sign_on(ada, provider), "token")


def _by_public_key(provider: OwnProvider, claims: dict[str, Any]) -> str:
    """Return a token signed by what everybody knows, as if it were a secret."""
    pem = provider.key.as_pem(private=False)
    head = unsigned(claims, alg="HS256", kid="k1").rstrip(".")
    signature = base64.urlsafe_b64encode(hmac.digest(pem, head.encode(), hashlib.sha256))
    return f"{head}.{signature.rstrip(b'=').decode()}"


def _by_secret(provider: OwnProvider, claims: dict[str, Any]) -> str:
    key = OctKey.import_key("a secret of the tests")
    return jwt.encode({"alg": "HS256", "kid": "k1"}, claims, key, algorithms=["HS256"])


def _tampered(provider: OwnProvider, claims: dict[str, Any]) -> str:
    head, _, signature = provider.sign({**claims, "groups": ["readers"]}).split(".")
    body = unsigned({**claims, "groups": ["chiefs"]}).split(".")[1]
    return f"{head}.{body}.{signature}"


def _another(provider: OwnProvider, claims: dict[str, Any]) -> str:
    return OwnProvider(key=RSAKey.generate_key(2048, {"kid": "k1"})).sign(claims)


FORGED: dict[str, Callable[[OwnProvider, dict[str, Any]], str]] = {
    "alg none": lambda _, claims: unsigned(claims, alg="none"),
    "alg nOnE": lambda _, claims: unsigned(claims, alg="nOnE"),
    "unsigned": lambda provider, claims: unsigned(claims, alg="RS256", kid="k1"),
    "no alg": lambda _, claims: unsigned(claims, kid="k1"),
    "HS256 by the public key": _by_public_key,
    "HS256 by our secret": _by_secret,
    "signed by another's key": _another,
    "tampered with": _tampered,
    "an unknown key": lambda provider, claims: OwnProvider(key=another_key()).sign(claims, "ES256"),
    "another kind of token": lambda provider, claims: provider.sign(claims, typ="at+jwt"),
    "a rule that nobody knows": lambda provider, claims: provider.sign(claims).replace(
        provider.sign(claims).split(".")[0],
        unsigned({}, alg="RS256", kid="k1", crit=["x"], x=1).split(".")[0],
    ),
    "no token": lambda *_: "nonsense",
    "not even ASCII": lambda *_: "ä.ö.ü",
    "five parts": lambda *_: "a.b.c.d.e",
    "claims that are no object": lambda *_: unsigned([], alg="RS256"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
async def test_forged_tokens(ada: Browser, provider: OwnProvider, forge: Any):
    provider.token = lambda claims: forge(provider, claims)
    await refused(ada, await sign_on(ada, provider), "token")


async def test_what_is_brought_back_twice(service: Service, ada: Browser, provider: OwnProvider):
    begun = await ada.get("/login/oidc")
    back = provider.consent(begun.place)
    bound = {one.key: one.value for one in ada.http.cookie_jar}["moderation_sign_on"]
    assert (await ada.get(back)).status == 303
    again = await ada.get(back, Cookie=f"moderation_sign_on={bound}")
    assert again.status == 403
    assert sign_ins(service, "sign_on_state") == 1
    assert len(provider.forms) == 1
    begun = await ada.get("/login/oidc")  # a used code with a fresh state
    back = provider.consent(begun.place)
    provider.used = True
    assert (await ada.get(back)).status == 403
    assert sign_ins(service, "sign_on_token") == 1


async def test_another_s_sign_in_cannot_be_finished_here(
    service: Service, ada: Browser, provider: OwnProvider
):
    """Login CSRF: an attacker's answer, brought by a victim's browser."""
    async with browser(service) as mallory:
        begun = await mallory.get("/login/oidc")
    back = provider.consent(begun.place)
    page = await ada.get(back)  # without any cookie
    assert page.status == 403
    async with browser(service) as mallory:
        back = provider.consent((await mallory.get("/login/oidc")).place)
    await ada.get("/login/oidc")
    assert (await ada.get(back)).status == 403  # with one of another sign-in
    assert not await ada.is_in()
    assert provider.forms == []
    assert sign_ins(service, "sign_on_state") == 2


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?state=",
        "?state=x&code=y",
        f"?state={'x' * 4000}",
        "?state=%ff&code=%00",
        "?code=a&code=b",
    ],
)
async def test_states_that_were_never_given(ada: Browser, provider: OwnProvider, query: str):
    await ada.get("/login/oidc")
    await refused(ada, await ada.get(f"/login/oidc/return{query}"), "state")


async def test_an_answer_of_another_provider(ada: Browser, provider: OwnProvider):
    page = await sign_on(ada, provider, iss="https://other.example")
    await refused(ada, page, "token")
    assert provider.forms == []  # the code was not given away


async def test_a_provider_that_names_itself_must(ada: Browser, provider: OwnProvider):
    provider.description = {"authorization_response_iss_parameter_supported": True}
    await refused(ada, await sign_on(ada, provider), "token")
    assert (await sign_on(ada, provider, iss=provider.issuer)).status == 303


@pytest.mark.parametrize("said", [{"error": "access_denied"}, {"code": ""}])
async def test_a_refusal(ada: Browser, provider: OwnProvider, said: dict[str, str]):
    await refused(ada, await sign_on(ada, provider, **said), "denied")
    assert provider.forms == []


async def test_keys_are_fetched_anew_for_one_that_is_unknown_but_not_often(
    ada: Browser, provider: OwnProvider, monkeypatch: pytest.MonkeyPatch
):
    assert (await sign_on(ada, provider)).status == 303
    provider.key = another_key()
    provider.token = lambda claims: provider.sign(claims, "ES256")
    assert (await sign_on(ada, provider)).status == 403  # asked a moment ago
    assert provider.asked.count("keys") == 1
    monkeypatch.setattr("moderation.services.provider._ANEW_S", 0.0)
    assert (await sign_on(ada, provider)).status == 303
    assert provider.asked.count("keys") == 2
    assert provider.asked.count("openid-configuration") == 1


async def test_a_key_without_a_name_is_the_only_one(ada: Browser, provider: OwnProvider):
    provider.key = another_key(None)
    provider.token = lambda claims: provider.sign(claims, "ES256", kid=None)
    provider.published = [
        provider.key,
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        RSAKey.generate_key(2048).as_dict(private=False) | {"use": "enc"},
        {"kty": "new"},
        {"kty": "EC", "crv": "P-256"},
    ]
    assert (await sign_on(ada, provider)).status == 303


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (RSAKey.generate_key(2048, {"kid": "k"}), "PS256"),
        (ECKey.generate_key("P-384", {"kid": "k"}), "ES384"),
        (OKPKey.generate_key("Ed25519", {"kid": "k"}), "Ed25519"),
        (OKPKey.generate_key("Ed25519", {"kid": "k"}), "EdDSA"),
    ],
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_other_signatures(ada: Browser, provider: OwnProvider, key: Any, alg: str):
    provider.key, provider.token = key, lambda claims: provider.sign(claims, alg)
    assert (await sign_on(ada, provider)).status == 303


async def test_a_weak_key_is_none(ada: Browser, provider: OwnProvider):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        provider.key = RSAKey.generate_key(1024, {"kid": "k1"})
        await refused(ada, await sign_on(ada, provider), "token")


async def test_what_is_stored_of_a_sign_in_is_not_what_was_sent(
    service: Service, ada: Browser, provider: OwnProvider, capsys: pytest.CaptureFixture[str]
):
    begun = await ada.get("/login/oidc")
    bound = {one.key: one.value for one in ada.http.cookie_jar}["moderation_sign_on"]
    redis = service.store.redis
    keys = [key async for key in redis.scan_iter("*pnd*")]
    kept = json.dumps([keys, [await redis.get(key) for key in keys if key.count(":") == 2]])
    back = provider.consent(begun.place)
    assert provider.begun["state"] not in kept
    assert bound not in kept
    assert (await ada.get(back)).status == 303
    said = "".join(capsys.readouterr())
    for secret in (provider.begun["state"], provider.begun["nonce"], "a-code-that", "ada"):
        assert secret not in said
    assert [key async for key in redis.scan_iter("*pnd*")] == []


async def test_who_is_in_no_group_any_more_is_signed_out_everywhere(
    service: Service, ada: Browser, provider: OwnProvider
):
    assert (await sign_on(ada, provider)).status == 303
    provider.claims = {"groups": ["chess"]}
    async with browser(service) as elsewhere:
        assert (await sign_on(elsewhere, provider)).status == 403
    assert not await ada.is_in()
    (newest, *_), _ = await log.read(service.store, None, 5)
    assert (newest["type"], newest["actor"]["via"]) == ("sessions_ended", "sign-on")
