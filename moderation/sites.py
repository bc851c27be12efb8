"""A site as the operator configures it: who may call for it, and where its callbacks go."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
)

from moderation.domain.signature import key_of

STRICT = ConfigDict(
    frozen=True,
    extra="forbid",
    allow_inf_nan=False,
    use_attribute_docstrings=True,
    hide_input_in_errors=True,
)

Scope = Literal["submit", "moderate", "admin", "score"]
SiteName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
_API_KEY_MIN = 24
#: Each of several Corals, or phases of one, has a secret of its own, and two while it rotates.
MOST_CORAL_SECRETS = 4
_DEFAULT_PORTS = {"http": 80, "https": 443}


def _webhook_secret(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if not secret.startswith("whsec_"):
        raise ValueError("a webhook secret starts with whsec_")
    key_of(secret)
    return value


def origin_of(url: str) -> str:
    """Return `scheme://host[:port]` of an http or https URL, as browsers write it.

    Raises ValueError. The default port is left out, so that two spellings compare equal.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("not a URL") from None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        raise ValueError("not an http or https URL")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a URL with a user name or password is not accepted")
    if ":" in host:
        host = f"[{host}]"
    return f"{parts.scheme}://{host}" + (
        "" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}"
    )


def _origin(value: str) -> str:
    if not re.fullmatch(r"[a-zA-Z]+://[^/?#\s\\]+", value):
        raise ValueError("an origin is scheme://host[:port] without a path")
    return origin_of(value)


def _callback_url(value: str) -> str:
    if not value.isascii() or re.search(r"[\s\\#]", value):
        raise ValueError("a callback URL is ASCII, without spaces or a fragment")
    origin_of(value)
    return value


WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]
Origin = Annotated[str, AfterValidator(_origin)]


class ApiKey(BaseModel):
    """A bearer key of a site."""

    model_config = STRICT

    name: str = Field(min_length=1, max_length=64, examples=["cms"])
    """What the key is called in the audit trail; unique within the site."""
    key: SecretStr = Field(min_length=_API_KEY_MIN, examples=["24 characters or more …"])
    """The key itself, at least 24 characters."""
    scopes: frozenset[Scope] = Field(min_length=1, examples=[["submit"]])
    """What it may do: `submit`, `moderate`, `admin`, or `score` alone, which keeps no text."""

    @field_validator("name")
    @classmethod
    def _is_not_the_page(cls, name: str) -> str:
        # Who signed in to it has proved who they are; whom a key's caller names has not.
        if name == "page":
            raise ValueError("`page` stands for the moderators' page in the audit trail")
        return name


class Site(BaseModel):
    """One site: its keys, secrets, callbacks and policy."""

    model_config = STRICT

    webhook_secrets: tuple[WebhookSecret, ...] = Field((), max_length=2, examples=[["whsec_…"]])
    """`whsec_…` secrets with which the site signs what it sends; two while one is rotated."""
    callback_secrets: tuple[WebhookSecret, ...] = Field((), max_length=2, examples=[["whsec_…"]])
    """`whsec_…` secrets with which callbacks to the site are signed; two while one is rotated."""
    coral_secrets: tuple[Annotated[SecretStr, Field(min_length=_API_KEY_MIN)], ...] = Field(
        (), max_length=MOST_CORAL_SECRETS, examples=[["the signing secret that Coral shows"]]
    )
    """The signing secrets of Coral's external moderation phase, at most 4."""
    callback_url: Annotated[str, AfterValidator(_callback_url)] | None = Field(
        None, examples=["https://cms.example/moderation"]
    )
    """Where decisions go when a submission names no address of its own."""
    callback_origins: tuple[Origin, ...] = Field((), examples=[["https://cms.example"]])
    """Origins (`https://host[:port]`) that a submission's own `callback_url` may have."""
    policy: str = Field("default", min_length=1)
    """The policy that decides on the site's comments."""
    keep_author_name: bool = False
    """Keep the author's name beside the pseudonym, for moderators to see."""
    api_keys: tuple[ApiKey, ...] = ()
    """The site's bearer keys."""

    @field_validator("api_keys")
    @classmethod
    def _names_are_unique(cls, keys: tuple[ApiKey, ...]) -> tuple[ApiKey, ...]:
        if len({key.name for key in keys}) != len(keys):
            raise ValueError("two keys have the same name")
        return keys

    @property
    def may_submit(self) -> bool:
        """Return whether anything configured here opens the site to a sender."""
        return bool(self.api_keys or self.webhook_secrets or self.coral_secrets)

    def allows_callback(self, url: str) -> bool:
        """Return whether a submission may name `url`: its origin is listed, or the default's."""
        try:
            origin = origin_of(_callback_url(url))
        except ValueError:
            return False
        own = {origin_of(self.callback_url)} if self.callback_url else set()
        return origin in own.union(self.callback_origins)
