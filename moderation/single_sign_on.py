"""Single sign-on as the operator configures it: which provider, and who is what by its groups."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, SecretStr, model_validator

from moderation.domain.people import Role
from moderation.domain.sign_on import ALL_SITES
from moderation.sites import STRICT, SiteName, origin_of

_TEXT = r"^[!-~]+$"
_Text = Annotated[str, Field(min_length=1, max_length=512, pattern=_TEXT)]
_Sites = tuple[SiteName | Literal["*"], ...]


def is_safe(url: str) -> bool:
    """Return whether what is sent there stays secret: https, or http to this machine itself."""
    try:
        parts = urlsplit(origin_of(url))
    except ValueError:
        return False
    return parts.scheme == "https" or _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _issuer(value: str) -> str:
    if not re.fullmatch(r"https?://[!-~]+", value) or set("?#\\") & set(value):
        raise ValueError("an issuer is a URL without a query or a fragment")
    if not is_safe(value):
        raise ValueError("an issuer is an https URL; http only on this machine")
    return value


class Oidc(BaseModel):
    """Single sign-on by OpenID Connect; without `issuer` there is none."""

    model_config = STRICT

    issuer: Annotated[str, AfterValidator(_issuer)] | None = Field(
        None, examples=["https://id.example/realms/news"]
    )
    """The provider, exactly as its own configuration and its tokens name it; unset: none."""
    client_id: _Text | None = Field(None, examples=["moderation"])
    """What the provider knows this service as."""
    client_secret: SecretStr | None = Field(None, min_length=1, examples=["from the provider"])
    """The secret that the provider gave with it; unset: a public client, which PKCE protects."""
    scopes: tuple[_Text, ...] = ("openid", "profile")
    """What is asked for; `openid` always is. Some providers tell groups only if asked for them."""
    groups_claim: str = Field("groups", min_length=1)
    """The claim of the ID token that names a person's groups: a list, or one."""
    name_claim: str = Field("name", min_length=1)
    """The claim that an account gets its name from when it is made."""
    roles: dict[str, Role] = {}
    """Group → `viewer`, `moderator` or `admin`; the highest counts, and nobody else comes in."""
    sites: dict[str, _Sites] = {}
    """Group → sites, `"*"` for all; empty: everybody sees all. Else who has none stays out."""
    label: str = Field("Sign in with single sign-on", min_length=1, max_length=64)
    """What the button on the sign-in page says."""
    passwords: Literal["everybody", "admins", "nobody"] = "admins"
    """Who may still sign in by password or link: by default administrators, for when it fails."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.issuer and not self.client_id:
            raise ValueError("an issuer needs a client_id")
        return self

    def named_sites(self) -> set[str]:
        """Return the sites that some group is to see."""
        return {site for sites in self.sites.values() for site in sites} - {ALL_SITES}

    def allows_password(self, role: Role) -> bool:
        """Return whether somebody of this role may sign in without the provider."""
        by = self.passwords if self.issuer else "everybody"
        return by == "everybody" or (by == "admins" and role is Role.ADMIN)
