"""The bodies that the native API answers with, as the OpenAPI document says them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from moderation.web.schemas import Author, Context

_EXACT = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

Outcome = Literal["approve", "hold", "reject"]
Decider = Literal["model", "rule", "person", "fallback"]


class Reason(BaseModel):
    """One reason; all of them are given."""

    model_config = _EXACT

    code: str
    """What kind of reason, such as `score_over_threshold`, `unscored` or `person`."""
    label: str | None
    """The model's label, or the person's reason code."""
    score: float | None
    threshold: float | None
    detail: str | None
    """More on it, such as the word that matched."""


class Version(BaseModel):
    """Which policy or model."""

    model_config = _EXACT

    name: str
    version: int | str


class Part(BaseModel):
    """A part of the text as submitted, in code points; `end` is exclusive."""

    model_config = _EXACT

    start: int
    end: int


class Appeal(BaseModel):
    """An author's appeal against a rejection, and what became of it."""

    model_config = _EXACT

    status: Literal["open", "upheld", "granted"]
    """`upheld`: the comment stays rejected; `granted`: it is approved."""
    version: int
    """Of the event that made the appeal."""
    at: str
    """When it was made."""


class Comment(BaseModel):
    """A comment's answer: all that is said of it, without its text."""

    model_config = _EXACT

    id: str
    external_id: str | None
    revision: int
    """Counts texts: 1, and one more with each edit."""
    version: int
    """Counts events; the ETag."""
    status: Literal["pending", "decided", "erased"]
    decision: Outcome | None
    decided_by: Decider | None
    reasons: list[Reason]
    scores: dict[str, float] | None
    """A probability for each of the model's labels; null without a score."""
    policy: Version | None
    model: Version | None
    language: str | None
    """ISO 639 code: detected, or where that is not sure the one that was sent; null if unknown."""
    worst_part: Part | None
    """The part that the highest score came from, if it was one: a window of a text too long to be
    read at once, or a sentence by itself."""
    appeal: Appeal | None
    """The open appeal, or the one that the decision was made on; null without one."""
    text_sha256: str | None
    received_at: str
    decided_at: str | None


class HeldComment(Comment):
    """A held comment as a moderator reads it; the author's id is a pseudonym."""

    text: str | None
    text_format: Literal["plain", "html"] | None
    author: Author | None
    context: Context | None
    metadata: dict[str, Any] | None


class Decisions(BaseModel):
    """A page of decisions."""

    model_config = _EXACT

    decisions: list[Comment]
    next: str | None
    """Where to go on; of decisions never null, because more will come."""


class Held(BaseModel):
    """A page of the queue."""

    model_config = _EXACT

    comments: list[HeldComment]
    next: str | None
    """Where to go on; null at the end. A page may be short while there is a next one."""


class EventActor(BaseModel):
    """The person, and the key that relayed them."""

    model_config = _EXACT

    id: str
    name: str | None
    via: str | None


class EventBatch(BaseModel):
    """One act on many comments, each of which has an event of its own."""

    model_config = _EXACT

    id: str
    size: int
    """How many comments were chosen; what needed a decision of its own is left out of it."""


class Event(BaseModel):
    """One thing that happened to a comment; which fields there are depends on its type."""

    model_config = ConfigDict(extra="allow", frozen=True)

    version: int
    at: str
    type: Literal[
        "received", "edited", "decided", "confirmed", "escalated", "undone", "appealed", "erased"
    ]
    revision: int | None = None
    decision: Outcome | None = None
    decided_by: Decider | None = None
    actor: EventActor | None = None
    note: str | None = None
    undoes: int | None = None
    """The version of the event that this one takes back."""
    batch: EventBatch | None = None
    """The act on many that decided it; nobody read those one by one."""
    appeal: Appeal | None = None
    """The appeal that a decision was made on, or that taking one back opened again."""
    lapsed: int | None = None
    """Of an edit: the version of the appeal that was open for the text before it."""
    undoes_batch: EventBatch | None = None
    """The act on many that was taken back as a whole."""


class History(BaseModel):
    """A comment's events, oldest first."""

    model_config = _EXACT

    events: list[Event]


class Fault(BaseModel):
    """What is wrong with one place of a body or query."""

    model_config = _EXACT

    pointer: str
    """Where (RFC 6901)."""
    message: str


class ProblemBody(BaseModel):
    """A refusal (RFC 9457). It never repeats what was sent."""

    model_config = ConfigDict(extra="allow", frozen=True, use_attribute_docstrings=True)

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None = None
    """Also the header X-Request-Id; it stands in the service's logs."""
    errors: list[Fault] | None = None


class BatchResult(BaseModel):
    """What became of one comment: its answer or its problem."""

    model_config = _EXACT

    status: int
    """The status that the comment alone would have been answered with."""
    comment: Comment | None = None
    problem: ProblemBody | None = None


class BatchAnswer(BaseModel):
    """One result a comment, in the order of the request."""

    model_config = _EXACT

    results: list[BatchResult] = Field(min_length=1)


class FailedCallback(BaseModel):
    """A callback that was given up."""

    model_config = _EXACT

    id: str
    comment: str
    version: int
    failed_at: str


class FailedCallbacks(BaseModel):
    """Callbacks that were given up, oldest first."""

    model_config = _EXACT

    callbacks: list[FailedCallback]


class QueuedCallback(BaseModel):
    """A callback that will be sent again."""

    model_config = _EXACT

    id: str
    state: Literal["queued"]
