"""The settings of single sign-on: what is refused, and who may still use a password."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from moderation.configuration import SettingsError, load
from moderation.domain.people import Role
from moderation.opening import StartError, with_credentials
from moderation.settings import Settings
from moderation.single_sign_on import Oidc, is_safe

GIVEN: dict[str, Any] = {
    "issuer": "https://id.example/realms/news",
    "client_id": "moderation",
    "roles": {"moderators": "moderator"},
}


def test_a_file_and_the_environment_set_it(tmp_path: Path):
    file = tmp_path / "own.toml"
    file.write_text(
        '[review.oidc]\nissuer = "https://id.example"\nclient_id = "moderation"\n'
        '[review.oidc.roles]\n"/news/chiefs" = "admin"\n'
    )
    environ = {
        "MODERATION_REVIEW__OIDC__CLIENT_SECRET": "not to be shown",
        "MODERATION_REVIEW__OIDC__SITES": json.dumps({"sport": ["sport"], "all": ["*"]}),
    }
    found = load(file, environ).review.oidc
    assert found.roles == {"/news/chiefs": Role.ADMIN}
    assert found.named_sites() == {"sport"}
    assert found.client_secret
    assert "not to be shown" not in repr(found)


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "http://id.example"},
        {"issuer": "https://id.example?tenant=1"},
        {"issuer": "https://id.example#x"},
        {"issuer": "https://user:word@id.example"},
        {"issuer": "https://id.example/a b"},
        {"issuer": "https://"},
        {"issuer": "id.example"},
        {"client_id": None},
        {"client_id": ""},
        {"client_secret": ""},
        {"roles": {"moderators": "king"}},
        {"sites": {"sport": ["No such name!"]}},
        {"scopes": ["open id"]},
        {"passwords": "some"},
        {"unknown": 1},
    ],
)
def test_what_cannot_be_is_refused(said: dict[str, Any]):
    with pytest.raises(ValidationError):
        Oidc.model_validate(GIVEN | said)


def test_a_typo_stops_the_start(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"review\.oidc\.issuer_url: unknown key"):
        load(None, {"MODERATION_REVIEW__OIDC__ISSUER_URL": "https://id.example"})
    settings = Settings(redis_url="redis://h", review={"oidc": GIVEN | {"roles": {}}})
    with pytest.raises(StartError, match=r"review\.oidc\.roles: "):
        with_credentials(settings, tmp_path)
    oidc = GIVEN | {"sites": {"sport": ["sprot"]}}
    settings = Settings(redis_url="redis://h", sites={"sport": {}}, review={"oidc": oidc})
    with pytest.raises(StartError, match=r"review\.oidc\.sites: there is no site sprot"):
        with_credentials(settings, tmp_path)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://id.example/x", True),
        ("http://127.0.0.1:9400", True),
        ("http://[::1]:9400/x", True),
        ("http://localhost:9400", True),
        ("http://id.example", False),
        ("http://10.0.0.1", False),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1@evil.example", False),
        ("ftp://id.example", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_only_a_safe_address_is_spoken_to(url: str, safe: bool):
    assert is_safe(url) is safe


@pytest.mark.parametrize(
    ("passwords", "may"),
    [("everybody", set(Role)), ("admins", {Role.ADMIN}), ("nobody", set())],
)
def test_who_may_use_a_password(passwords: str, may: set[Role]):
    oidc = Oidc.model_validate(GIVEN | {"passwords": passwords})
    assert {role for role in Role if oidc.allows_password(role)} == may
    assert all(Oidc(passwords="nobody").allows_password(role) for role in Role)
