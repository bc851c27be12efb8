"""The bodies that the native API takes: what each field may be, and nothing more.

The models are the contract: validation and the OpenAPI document both come from them.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from moderation.domain import comment as domain
from moderation.domain.decision import Decision

MAX_BATCH = 100
MAX_METADATA_BYTES = 16_384

#: A body says what its model knows, each as what it is, and is not repeated in a refusal.
STRICT = ConfigDict(
    strict=True, extra="forbid", frozen=True, hide_input_in_errors=True,
    use_attribute_docstrings=True,
)  # fmt: skip


def readable(text: str) -> str:
    """Return a text that holds something to read, for pydantic."""
    if not text.strip():
        raise PydanticCustomError("blank", "there is nothing to read in it")
    return text


def _bounded(metadata: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(metadata, ensure_ascii=False).encode()) > MAX_METADATA_BYTES:
        raise PydanticCustomError("too_long", "metadata has at most 16,384 bytes as JSON")
    return metadata


Name = Annotated[str, Field(min_length=1, max_length=512)]
Title = Annotated[str, Field(max_length=1024)]
Url = Annotated[str, Field(max_length=2048)]
Text = Annotated[str, Field(max_length=domain.MAX_TEXT)]


class Author(BaseModel):
    """Who wrote it. The id is kept as a keyed hash; the name only if the site is set up so."""

    model_config = STRICT

    id: Name | None = None
    """The site's own id of the author."""
    name: Annotated[str, Field(max_length=256)] | None = None
    """The name that readers see."""


class Context(BaseModel):
    """Where it was written: for rules, and for the moderator who reads it."""

    model_config = STRICT

    article_id: Name | None = None
    """The site's own id of the article; rules and the queue's filter go by it."""
    url: Url | None = None
    """Where the comment can be read; never fetched."""
    title: Title | None = None
    """The article's title."""
    section: Annotated[str, Field(max_length=256)] | None = None
    """The section of the site; a policy may differ by section."""
    parent_id: Name | None = None
    """The comment that this one answers."""
    parent_text: Text | None = None
    """That comment's text."""


class SubmissionBody(BaseModel):
    """A comment that a site sends."""

    model_config = STRICT

    text: Annotated[Text, Field(min_length=1), AfterValidator(readable)]
    """The text, at most 20,480 code points; it must hold something to read."""
    text_format: Literal["plain", "html"] = "plain"
    """`html`: the text that a reader would see is what is scored."""
    external_id: Name | None = None
    """The site's own id of the comment, unique within the site."""
    author: Author | None = None
    context: Context | None = None
    language: (
        Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")] | None
    ) = None
    """A BCP 47 language tag."""
    callback_url: Url | None = None
    """Where the decision goes; its origin must be one of the site's."""
    metadata: Annotated[dict[str, Any], AfterValidator(_bounded)] | None = None
    """Whatever the site wants to find again, at most 16,384 bytes as JSON."""

    def submission(self, site: str) -> domain.Submission:
        """Return it as the domain knows it."""
        author, context = self.author or Author(), self.context or Context()
        return domain.Submission(
            site=site,
            text=self.text,
            text_format=self.text_format,
            external_id=self.external_id,
            author=domain.Author(id=author.id, name=author.name),
            context=domain.Context(**context.model_dump()),
            language=self.language,
            callback_url=self.callback_url,
            metadata=self.metadata or {},
        )


class BatchBody(BaseModel):
    """Up to a hundred comments; each is answered by itself, whatever becomes of the others."""

    model_config = STRICT

    comments: Annotated[list[Any], Field(min_length=1, max_length=MAX_BATCH)]
    """The comments, each as for `POST /v1/comments`."""


class Actor(BaseModel):
    """The person who decided, as the site knows them."""

    model_config = STRICT

    id: Annotated[str, Field(min_length=1, max_length=256)]
    """The site's own id of the person."""
    name: Annotated[str, Field(max_length=256)] | None = None
    """The name that colleagues see."""


class DecisionBody(BaseModel):
    """A person's decision, relayed by the key's holder."""

    model_config = STRICT

    decision: Literal["approve", "reject", "hold"]
    """`hold` puts the comment back into the queue."""
    actor: Actor
    reason: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")] | None = None
    """A code of the site's own, such as `insult` or `off_topic`."""
    note: Annotated[str, Field(max_length=2000)] | None = None
    """What colleagues should know; it stands in the history."""

    def outcome(self) -> Decision:
        """Return the decision as the domain knows it."""
        return Decision(self.decision)
