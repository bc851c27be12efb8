"""The moderators' page as the operator configures it: who may sign in, and how they work."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, field_validator

from moderation.domain.grounds import COUNTRIES, Category, CoralReason, Ground, Grounds, grounds
from moderation.single_sign_on import Oidc
from moderation.sites import STRICT, Origin

Seconds = Annotated[float, Field(gt=0)]
Hours = Annotated[float, Field(gt=0, le=8760)]
Count = Annotated[int, Field(ge=1)]


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError:
        raise ValueError("not an address or a network such as 10.0.0.0/8") from None


def _country(value: str) -> str:
    if value not in COUNTRIES:
        raise ValueError("not a country of the EU or EEA by its two letters, such as DE")
    return value


class RejectReason(BaseModel):
    """Why a person may reject."""

    model_config = STRICT

    code: str = Field(pattern=r"^[a-z0-9_]{1,64}$")
    """What decisions and callbacks say."""
    label: str = Field(min_length=1, max_length=64)
    """What moderators read."""
    ground: Ground | None = None
    """What it rests on: `illegal` or `terms`; unset: as the code is shipped, else `terms`."""
    category: Category | None = None
    """A category of the EU's DSA Transparency Database; unset: as the code is shipped."""
    coral: CoralReason | None = None
    """Coral's code for it; unset: as the code is shipped, else `OTHER`."""
    reference: str | None = Field(None, max_length=500)
    """The law, or the clause of the terms, for statements of reasons."""
    explanation: str | None = Field(None, max_length=2000)
    """Why it applies, for statements of reasons; unset: one sentence with the label."""

    def grounds(self) -> Grounds:
        """Return what it means outside."""
        return grounds(**self.model_dump())


_REJECT_REASONS = {
    "spam": "Spam or advertising",
    "harassment": "Insult or harassment",
    "hate": "Hate against a group",
    "threat": "Threat or call to violence",
    "sexual": "Sexual content",
    "personal_data": "Personal data",
    "off_topic": "Off topic",
    "illegal": "Against the law",
    "other": "Other",
}


class Review(BaseModel):
    """The moderators' page, and who may sign in to it."""

    model_config = STRICT

    public_url: Origin | None = Field(None, examples=["https://moderation.example"])
    """The address that moderators use (`scheme://host[:port]`); unset: localhost and its like."""
    session_h: Hours = 8.0
    """How long a sign-in lasts (hours)."""
    once_h: Hours = 24.0
    """How long a one-time sign-in link works (hours)."""
    first_link_h: Hours = 0.5
    """How long the link for a first administrator works that a start prints (hours)."""
    login_tries_name: Count = 10
    """Failed sign-ins for one name within `login_window_s` before the next ones are refused."""
    login_tries_client: Count = 60
    """Failed sign-ins from one address within `login_window_s` before the next ones are refused."""
    login_window_s: Seconds = 900.0
    """How long failed sign-ins are counted (seconds)."""
    proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    """Addresses or networks of reverse proxies whose `X-Forwarded-For` is believed."""
    lease_s: Seconds = 120.0
    """How long a comment that somebody looks at is kept from others (seconds)."""
    hold_back_s: float = Field(8.0, ge=0)
    """How long a decision on the page can be taken back before its callback is sent (seconds)."""
    bulk_most: Annotated[int, Field(ge=1, le=500)] = 200
    """The most comments that one act decides on."""
    sample_share: float = Field(0.01, ge=0, le=1)
    """The share of approvals that people read too, without scores, so that misses are counted."""
    reject_reasons: tuple[RejectReason, ...] = Field(
        tuple(RejectReason(code=code, label=label) for code, label in _REJECT_REASONS.items()),
        min_length=1,
        max_length=9,
    )
    """Why a comment can be rejected; the keys 1 to 9 in this order."""
    territorial_scope: tuple[Annotated[str, AfterValidator(_country)], ...] = ()
    """EU and EEA countries where a rejected comment can't be read, for statements of reasons."""
    oidc: Oidc = Oidc()

    @field_validator("reject_reasons")
    @classmethod
    def _codes_are_unique(cls, reasons: tuple[RejectReason, ...]) -> tuple[RejectReason, ...]:
        if len({reason.code for reason in reasons}) != len(reasons):
            raise ValueError("two reasons have the same code")
        return reasons
