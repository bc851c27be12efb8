"""The settings of other services' wire formats: which are served, and how."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, field_validator

from moderation.domain.attributes import ATTRIBUTES
from moderation.sites import STRICT

Seconds = Annotated[float, Field(gt=0)]
Withheld = Literal["PREMOD", "SYSTEM_WITHHELD"]


class _Group(BaseModel):
    model_config = STRICT


class Direct(_Group):
    """Scores that other services' clients ask for: given at once, nothing is kept or decided."""

    timeout_s: Seconds = 2.0
    """How long a call may take before it is refused (seconds)."""
    waiting: int = Field(256, ge=1)
    """How many calls may be in hand; beyond it they are a 429."""


class Perspective(_Group):
    """Perspective's wire format, for clients that were written for it."""

    enabled: bool = True
    """Whether it is served."""
    aliases: dict[str, str] = Field({}, examples=[{"SPAM": "TOXICITY"}])
    """Attributes that the model does not know, and the ones that answer for them."""
    fallback_language: str = "en"
    """The language that a text is said to be in where none that the model reads was found."""
    public_url: str | None = Field(None, examples=["https://moderation.example"])
    """The address in the discovery document; unset: the one that was asked."""

    @field_validator("aliases")
    @classmethod
    def _lead_to_attributes(cls, aliases: dict[str, str]) -> dict[str, str]:
        if unknown := set(aliases.values()) - set(ATTRIBUTES):
            raise ValueError(f"no such attribute: {', '.join(sorted(unknown))}")
        return aliases


class OpenAi(_Group):
    """The wire format of OpenAI's moderations."""

    enabled: bool = True
    """Whether it is served."""


class Coral(_Group):
    """Coral's external moderation phase; a site's `coral_secrets` open it."""

    enabled: bool = True
    """Whether it is served."""
    deadline_s: Seconds = 0.15
    """How long a reply may take (seconds): less than the phase's own timeout, 0.2 s in Coral."""
    withheld_as: Withheld = "SYSTEM_WITHHELD"
    """The status of what is not approved, not decided in time or not accepted; or `PREMOD`."""
    text_format: Literal["plain", "html"] = "plain"
    """The phase's body format in Coral."""


class Akismet(_Group):
    """Akismet's wire format, for clients that were written for it."""

    enabled: bool = True
    """Whether it is served."""
    wait_s: float = Field(0.8, ge=0)
    """How long a check waits for the decision before it is `pending` (seconds)."""
    true_for: Literal["never", "rejected", "held"] = "never"
    """What is told to be spam: nothing, what a person rejected, or what has grounds to be held."""
    text_format: Literal["plain", "html"] = "html"
    """What comments are written in; WordPress's are `html`."""
