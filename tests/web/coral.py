"""Coral, as its server calls an external moderation phase and reads the reply.

Source: coralproject/talk `EXTERNAL_MODERATION_PHASES.md`; what it does with a reply is known from
its `phases/external.ts`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from tests.web.kit import CORAL_SECRETS, Answer, Service


class _Action(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    actionType: Literal["FLAG"]  # noqa: N815
    reason: Literal["COMMENT_DETECTED_TOXIC", "COMMENT_DETECTED_SPAM"]


class Reply(BaseModel):
    """The guide's `ExternalModerationResponse`; what does not fit makes Coral discard all of it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    actions: list[_Action] = []
    status: Literal["NONE", "APPROVED", "REJECTED", "PREMOD", "SYSTEM_WITHHELD"] | None = None
    tags: list[Literal["FEATURED", "STAFF"]] = []


def body(text: str, parent: str | None = None, action: str = "NEW", **story: str) -> dict[str, Any]:
    """Return the guide's own example, with another text."""
    return {
        "action": action,
        "comment": {"body": text, "parentID": parent},
        "author": {"id": "baf4e943-3594-4fcc-b2ba-3e8de7a76352", "role": "COMMENTER"},
        "story": {
            "id": "245b3856-b0a0-4d2f-a6bb-58c71f18d6a6",
            "url": "http://localhost:1313/posts/a-story-url/",
            **story,
        },
        "site": {"id": "a4bede88-2d2c-4424-bc18-4322a9e285a6"},
        "tenantID": "19ba5794-7eeb-4d46-a81b-c00c61672501",
        "tenantDomain": "localhost",
    }


def signature(raw: bytes, *secrets: str) -> str:
    """Return the header, with an entry for each secret."""
    digests = (hmac.new(one.encode(), raw, hashlib.sha256).hexdigest() for one in secrets)
    return ",".join(f"sha256={digest}" for digest in digests)


async def call(
    service: Service,
    said: Any,
    *,
    site: str = "default",
    secrets: tuple[str, ...] = CORAL_SECRETS[:1],
    header: str | None = None,
) -> Answer:
    """Send what Coral sends: indented JSON, or bytes as they are."""
    raw = said if isinstance(said, bytes) else json.dumps(said, indent=2).encode()
    given = {"X-Coral-Signature": signature(raw, *secrets) if header is None else header}
    return await service.ask("POST", f"/coral/{site}", raw=raw, scope=None, headers=given)


def reply(answer: Answer) -> Reply | None:
    """Return what Coral makes of an answer: None where it goes on with its own phases."""
    assert 200 <= answer.status < 300, answer.text
    if answer.status == 204 or answer.text in {"", "{}"}:
        return None
    return Reply.model_validate(answer.body)
