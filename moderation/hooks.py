"""The settings of hooks: how another system's webhook becomes a submission, and who may send it.

A map is a JMESPath expression a field of a submission. The maps that ship lie in `hook_maps/`; a
hook takes one of them, or says its own expressions, or both. Source of the language: jmespath.org.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import jmespath
from jmespath.exceptions import JMESPathError, ParseError, UnknownFunctionError
from pydantic import AfterValidator, BaseModel, Field, SecretStr, StringConstraints, model_validator

from moderation.domain.signature import key_of
from moderation.sites import STRICT, SiteName

MAPS_DIR = Path(__file__).parent / "hook_maps"
MOST_SECRETS = 2
_LEAST_SECRET = 16

#: What a map may say of a comment: fields of a submission, those of its author and context flat.
Target = Literal[
    "text", "external_id", "author_id", "author_name", "article_id", "title", "url", "section",
    "parent_id", "parent_text", "language",
]  # fmt: skip
Proof = Literal["standard", "sha256", "header"]
HookName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class UnfitError(ValueError):
    """An expression asks of a payload what can't be asked of it; holds nothing of either."""


def found(expression: str, payload: object) -> object:
    """Return what a JMESPath expression finds, None for nothing. Raises UnfitError.

    The library checks the types of some arguments only: `contains`, an order of a text and a number
    and the rounding of infinity raise Python's own errors.
    """
    try:
        result: object = jmespath.search(expression, payload)
    except (JMESPathError, TypeError, ValueError, ArithmeticError):
        raise UnfitError from None
    return result


def _good(expression: str) -> str:
    """Refuse what is no JMESPath, and functions that are not there or take another number."""
    try:
        jmespath.search(expression, {})
    except (ParseError, UnknownFunctionError) as error:
        raise ValueError(f"no JMESPath expression: {str(error).splitlines()[0]}") from None
    except (JMESPathError, TypeError, ValueError, ArithmeticError):
        pass  # it can't be asked of an empty payload, which says nothing of others
    return expression


Expression = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_good)]


class HookMap(BaseModel):
    """How a payload is read. `None` for `created` and `edited`: any payload is a new comment."""

    model_config = STRICT

    created: Expression | None = Field(None, examples=["event == 'entry.create'"])
    """JMESPath: true of a payload that tells of a new comment; unset: of all."""
    edited: Expression | None = Field(None, examples=["event == 'entry.update'"])
    """JMESPath: true of a payload that tells of a changed text; unset: of none."""
    fields: dict[Target, Expression] = Field({}, examples=[{"text": "entry.content"}])
    """JMESPath a field: where it is in the payload. `text` and `external_id` are needed."""

    def over(self, other: HookMap) -> HookMap:
        """Return `other` with what is said here in the place of what it says."""
        said = {"created": self.created or other.created, "edited": self.edited or other.edited}
        return HookMap(**said, fields={**other.fields, **self.fields})


class Hook(HookMap):
    """One hook: `POST /v1/hooks/NAME`."""

    site: SiteName = Field(examples=["main"])
    """The site whose comments these are."""
    map: str | None = Field(None, examples=["strapi"])
    """A map that ships: `directus`, `form`, `payload`, `strapi`; what is said here goes first."""
    proof: Proof = Field(examples=["sha256"])
    """How the sender proves itself: `standard` (Standard Webhooks), `sha256` (a header with
    `sha256=` and the body's HMAC), `header` (a header that holds the secret)."""
    header: str | None = Field(None, pattern=r"^[A-Za-z0-9-]{1,64}$", examples=["X-Signature-256"])
    """The header of the proofs `sha256` and `header`."""
    secrets: tuple[Annotated[SecretStr, Field(min_length=_LEAST_SECRET)], ...] = Field(
        min_length=1, max_length=MOST_SECRETS, examples=[["16 characters or more …"]]
    )
    """The secrets; two while one is rotated. Those of `standard` start with `whsec_`."""
    text_format: Literal["plain", "html"] = "plain"
    """What comments are written in."""

    @model_validator(mode="after")
    def _is_whole(self) -> Hook:
        if self.map is not None and self.map not in shipped():
            raise ValueError(f"map: there are {', '.join(sorted(shipped()))}")
        if lacking := {"text", "external_id"} - set(self.mapping.fields):
            raise ValueError(f"fields: nothing says where {' and '.join(sorted(lacking))} is")
        if (self.proof == "standard") != (self.header is None):
            raise ValueError(
                "header: the proofs `sha256` and `header` need one, `standard` has its"
            )
        for secret in self.secrets if self.proof == "standard" else ():
            if not secret.get_secret_value().startswith("whsec_"):
                raise ValueError("secrets: those of Standard Webhooks start with whsec_")
            key_of(secret.get_secret_value())
        return self

    @property
    def mapping(self) -> HookMap:
        """Return how its payloads are read."""
        return self.over(shipped()[self.map]) if self.map else self.over(HookMap())


@cache
def shipped() -> Mapping[str, HookMap]:
    """Return the maps that ship, by name."""
    files = sorted(MAPS_DIR.glob("*.toml"))
    return {file.stem: HookMap.model_validate(tomllib.loads(file.read_text())) for file in files}
