"""The CMS's side of one site: its name and the secrets that it shares with the service."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class Site:
    """One site's credentials; secrets are `whsec_<base64>` (Standard Webhooks)."""

    name: str
    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    callback_secret: str = field(repr=False)

    @classmethod
    def fresh(cls, name: str) -> Self:
        """Return a site with credentials that were never used before."""
        return cls(name, secrets.token_urlsafe(32), _secret(), _secret())


def _secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
