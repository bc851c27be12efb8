"""Single sign-on whose provider fails, or is set up otherwise: nobody in by mistake."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from moderation.domain.people import Role
from moderation.services import provider as reached
from moderation.store import people
from moderation.store import sign_on as stored
from moderation.store.log import SERVICE
from tests.fakes.own_provider import OwnProvider, never, own_provider
from tests.real_provider import settings
from tests.web.kit import Service, serving
from tests.web.sign_on_kit import before, refused, sign_on
from tests.web.signing_in import Browser, browser, person, sign_ins


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


FAILED: dict[str, Any] = {
    "an error": (500, b"{}"),
    "no JSON": (200, b"<html>"),
    "no object": (200, b"[]"),
    "nothing": (200, b""),
    "too much": (200, b'{"a":"' + b"x" * 300_000 + b'"}'),
    "too deep": (200, b"[" * 200_000),
    "a redirect": (302, b"{}"),
    "slowness": never,
}


#: What a key set may also hold: other uses, kinds that nobody knows, and plain damage.
ODD_KEYS: tuple[Any, ...] = (
    None,
    7,
    "k1",
    [],
    {},
    {"kty": None},
    {"kty": ["RSA"], "kid": "k1"},
    {"kty": "oct", "k": "c2VjcmV0", "kid": "k1"},
    {"kty": "RSA", "kid": "k1"},
    {"kty": "RSA", "n": "!", "e": "AQAB", "kid": "k1"},
    {"kty": "RSA", "n": 7, "e": 3, "kid": "k1"},
    {"kty": "EC", "crv": "P-1", "x": "AA", "y": "AA", "kid": "k1"},
    {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "k1"},
    {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA", "kid": "k1"},
    {"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB", "kid": "k1"},
)


async def test_odd_keys_beside_the_right_one_harm_nobody(ada: Browser, provider: OwnProvider):
    provider.published = [*ODD_KEYS, provider.key]
    assert (await sign_on(ada, provider)).status == 303
    assert await ada.is_in()


async def test_a_key_set_of_odd_keys_alone_lets_nobody_in(ada: Browser, provider: OwnProvider):
    provider.published = list(ODD_KEYS)
    await refused(ada, await sign_on(ada, provider), "token")


@pytest.mark.parametrize("path", ["openid-configuration", "keys", "token"])
@pytest.mark.parametrize("answer", FAILED.values(), ids=FAILED.keys())
async def test_a_provider_that_fails(
    ada: Browser, provider: OwnProvider, path: str, answer: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reached, "_TIMEOUT", aiohttp.ClientTimeout(total=0.3))
    provider.answers[path] = answer
    begun = await ada.get("/login/oidc")
    page = begun if path == "openid-configuration" else await ada.get(provider.consent(begun.place))
    await refused(ada, page, "down")
    assert int(page.headers["Retry-After"]) > 0
    for said in ("300000", "invalid_grant", provider.issuer):
        assert said not in page.text
    await person(ada.service, "chief", Role.ADMIN)
    assert (await ada.sign_in("chief")).status == 303


async def test_a_provider_that_is_not_there_is_left_alone_for_a_while(embedded_url: str):
    async with before(embedded_url, "http://127.0.0.1:9") as one:
        for _ in range(3):
            assert (await one.get("/login/oidc")).status == 503
        assert sign_ins(one.service, "sign_on_down") == 3
        await person(one.service, "chief", Role.ADMIN)
        assert (await one.sign_in("chief")).status == 303


async def test_a_description_that_is_of_another(embedded_url: str, provider: OwnProvider):
    for false in (
        {"issuer": "https://other.example"},
        {"token_endpoint": None},
        {"token_endpoint": "http://other.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ):
        provider.description = false
        async with before(embedded_url, provider.issuer) as one:
            assert (await one.get("/login/oidc")).status == 503, false


async def test_a_secret_goes_as_the_provider_wants_it(ada: Browser, provider: OwnProvider):
    provider.description = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert (await sign_on(ada, provider)).status == 303
    ((form, headers),) = provider.forms
    assert form["client_secret"] == "a secret of the tests"
    assert "Authorization" not in headers


async def test_a_public_client_has_pkce_alone(embedded_url: str, provider: OwnProvider):
    async with before(embedded_url, provider.issuer, client_secret=None) as one:
        assert (await sign_on(one, provider)).status == 303
    ((form, headers),) = provider.forms
    assert form["client_id"] == "moderation"
    assert "client_secret" not in form
    assert "Authorization" not in headers


async def test_sites_follow_from_groups_and_nobody_sees_none(
    embedded_url: str, provider: OwnProvider
):
    sites = {"sport": ["other"], "all": ["*"], "gone": ["closed-site"]}
    async with before(embedded_url, provider.issuer, sites=sites) as one:
        for groups, seen in (
            (["moderators", "sport"], frozenset({"other"})),
            (["moderators", "sport", "all"], None),
            (["moderators", "sport", "gone"], frozenset({"other"})),
        ):
            provider.claims = {"groups": groups}
            assert (await sign_on(one, provider)).status == 303
            (account,) = await people.listed(one.service.store)
            assert account.person.sites == seen
        for groups in (["moderators"], ["moderators", "gone"], ["sport"]):
            provider.claims = {"groups": groups}
            assert (await sign_on(one, provider)).status == 403
        assert sign_ins(one.service, "sign_on_refused") == 3


async def test_one_group_may_be_plain_text(embedded_url: str, provider: OwnProvider):
    provider.claims = {"hd": "news.example", "name": "\u202eada"}
    chosen = {"groups_claim": "hd", "roles": {"news.example": "viewer"}}
    async with before(embedded_url, provider.issuer, **chosen) as one:
        assert (await sign_on(one, provider)).status == 303
        (account,) = await people.listed(one.service.store)
        assert (account.person.role, account.person.name) == (Role.VIEWER, account.person.id)


async def test_who_may_still_use_a_password(embedded_url: str, provider: OwnProvider):
    for passwords, may in (
        ("everybody", {"chief", "bob"}),
        ("admins", {"chief"}),
        ("nobody", set()),
    ):
        review = {"oidc": settings(provider.issuer, passwords=passwords)}
        async with serving(embedded_url, works=False, review=review) as service:
            some = service.context.people
            async with serving(embedded_url, works=False) as earlier:
                for name, role in (("chief", Role.ADMIN), ("bob", Role.MODERATOR)):
                    if not any(one.person.name == name for one in await some.listed()):
                        await person(earlier, name, role)
                code = await linked(earlier, "chief")
            async with browser(service) as one:
                for name in ("chief", "bob"):
                    status = (await one.sign_in(name)).status
                    assert (status == 303) is (name in may), (passwords, name)
            assert (await some.invited(code) is not None) is ("chief" in may)
            async with browser(service) as one:
                page = await one.get("/login")
                assert ('name="password"' in page.text) is bool(may)
                assert ("Administrators, by password" in page.text) is (passwords == "admins")


async def linked(service: Service, name: str) -> str:
    some = service.context.people
    return await some.once_link((await some.named(name)).id, by=SERVICE)


async def test_without_a_provider_there_is_no_such_way(idle: Service):
    async with browser(idle) as one:
        assert "/login/oidc" not in (await one.get("/login")).text
        for path in ("/login/oidc", "/login/oidc/return?state=x&code=y"):
            assert (await one.get(path)).status == 404


async def test_behind_a_proxy_all_of_it_is_https(embedded_url: str, provider: OwnProvider):
    review = {"public_url": "https://moderation.example"}
    async with before(embedded_url, provider.issuer, review) as one:
        begun = await one.get("/login/oidc?next=//evil.example")
        (cookie,) = begun.set.values()
        assert (cookie.key, cookie["secure"], cookie["path"]) == ("__Host-sign-on", True, "/")
        asked = parse_qs(urlsplit(begun.place).query)
        assert asked["redirect_uri"] == ["https://moderation.example/login/oidc/return"]
        back = provider.consent(begun.place)
        page = await one.get(back, Cookie=f"__Host-sign-on={cookie.value}")
        assert (page.status, page.place) == (303, "/")
        assert page.set["__Host-session"]["secure"]


async def test_a_link_of_elsewhere_begins_nothing(service: Service, ada: Browser):
    for said in ("cross-site", "same-site"):
        page = await ada.get("/login/oidc", **{"Sec-Fetch-Site": said})
        assert (page.status, page.set) == (200, {})
    page = await ada.get("/login/oidc", **{"Sec-Fetch-Site": "same-origin"})
    assert page.status == 303
    page = await ada.get("/login/oidc", Host="evil.example")
    assert page.status == 403


async def test_beginning_is_throttled_and_takes_no_endless_room(
    embedded_url: str, provider: OwnProvider, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stored, "MOST_PENDING", 3)
    async with before(embedded_url, provider.issuer, {"login_tries_client": 6}) as one:
        for _ in range(9):  # who comes in is not counted
            assert (await sign_on(one, provider)).status == 303
        first = await one.get("/login/oidc")
        for _ in range(5):
            begun = await one.get("/login/oidc")
            assert begun.status == 303
        page = await one.get("/login/oidc")
        assert page.status == 429
        assert int(page.headers["Retry-After"]) > 0
        found = [key async for key in one.service.store.redis.scan_iter("*:pnd:*")]
        assert len(found) == 3
        assert (await one.get(provider.consent(first.place))).status == 403
        assert (await one.get(provider.consent(begun.place))).status == 303


async def test_no_address_of_it_is_logged(
    service: Service, ada: Browser, provider: OwnProvider, capsys: pytest.CaptureFixture[str]
):
    provider.answers["token"] = (400, json.dumps({"error": "invalid_grant"}).encode())
    begun = await ada.get("/login/oidc")
    page = await ada.get(provider.consent(begun.place))
    assert page.status == 403
    said = "".join(capsys.readouterr())
    for secret in ("a-code-that", provider.begun["state"], "secret of the tests", "return?"):
        assert secret not in said + page.text
