"""What Coral sends and what it is answered. Unknown fields are ignored, as Coral ignores ours.

Source: coralproject/talk `EXTERNAL_MODERATION_PHASES.md`, Schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from moderation.dialects import Withheld
from moderation.domain.comment import Submission, TextFormat, keyed_hash
from moderation.domain.decision import Decision, ReasonCode
from moderation.web.schemas import SubmissionBody
from moderation.web.validation import validated

_TOXIC = {"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, hide_input_in_errors=True)


class _Comment(_Part):
    body: str
    parentID: str | None = None  # noqa: N815 - Coral's name, as are those below


class _Author(_Part):
    id: str
    role: str = ""


class _Story(_Part):
    id: str
    url: str | None = None


class _Site(_Part):
    id: str = ""


class ModerationRequest(_Part):
    """A comment that was written or edited; Coral names no comment."""

    action: Literal["NEW", "EDIT"]
    comment: _Comment
    author: _Author
    story: _Story
    site: _Site = _Site()
    tenantID: str = ""  # noqa: N815
    tenantDomain: str = ""  # noqa: N815

    def submission(self, site: str, text_format: TextFormat, secret: bytes) -> Submission:
        """Return it as the domain knows it. Raises Problem for what no submission may be.

        Its external id is a keyed hash of all that is kept of it, so that the same call again is
        the same submission, whether Coral names it new or edited; keyed, since the id outlives the
        text and must not tell which text it was.
        """
        said = validated(SubmissionBody, self._fields(text_format)).submission(site)
        name = keyed_hash(secret, "coral", said.to_json())
        return replace(said, external_id=f"coral-{name}")

    def _fields(self, text_format: TextFormat) -> dict[str, Any]:
        return {
            "text": self.comment.body,
            "text_format": text_format,
            "author": {"id": self.author.id},
            "context": {
                "article_id": self.story.id,
                "url": self.story.url,
                "parent_id": self.comment.parentID or None,
            },
            "metadata": {
                "coral_role": self.author.role,
                "coral_site": self.site.id,
                "coral_tenant": self.tenantID,
                "coral_domain": self.tenantDomain,
            },
        }


def is_approved(answer: Mapping[str, Any]) -> bool:
    """Return whether nothing here stands against the comment; a text that was erased stays so."""
    return (answer["status"], answer["decision"]) == ("decided", Decision.APPROVE)


def withheld(status: Withheld, answer: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the reply that keeps a comment from readers; a flag says so where a score did it."""
    reasons = answer["reasons"] if answer else []
    if any(reason["code"] == ReasonCode.SCORE_OVER_THRESHOLD for reason in reasons):
        return {"status": status, "actions": [_TOXIC]}
    return {"status": status}
