"""What stands behind the `?`, by route. An unknown or repeated parameter is an error, not noise."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import unquote

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from moderation.web.problems import Problem
from moderation.web.validation import faults

_STRICT = ConfigDict(
    extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True
)
_MAX_CURSOR = 4096  # room for a position in each of a hundred shards


def _number(value: object) -> object:
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 10):  # noqa: PLR2004
        raise PydanticCustomError("number", "Input should be a whole number")
    return value


Cursor = Annotated[str, Field(min_length=1, max_length=_MAX_CURSOR)]
Name = Annotated[str, Field(min_length=1, max_length=512)]
Whole = Annotated[int, BeforeValidator(_number)]


class ExternalIdQuery(BaseModel):
    """Which comment."""

    model_config = _STRICT

    external_id: Name
    """The site's own id of the comment."""


class DecisionsQuery(BaseModel):
    """From where on, how many, and of which kind."""

    model_config = _STRICT

    after: Cursor | None = None
    """The `next` of the page before."""
    limit: Annotated[Whole, Field(ge=1, le=1000)] = 100
    pending: Literal["0", "1"] = "0"
    """`1`: the comments that have no decision yet instead."""


class QueueQuery(BaseModel):
    """Which held comments, in which order."""

    model_config = _STRICT

    order: Literal["priority", "score", "age", "threshold", "article", "author"] = "priority"
    """An article's comments come by age, and escalated ones."""
    article: Name | None = None
    """The site's own id of an article."""
    author: Name | None = None
    """The site's own id of an author."""
    section: Name | None = None
    """The site's own name of a section."""
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] | None = None
    """ISO 639 code: detected, or where that is not sure the one that was sent."""
    label: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")] | None = None
    """A label that stands among the reasons, such as `insult`."""
    reason: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")] | None = None
    """A reason's code, such as `links`."""
    unscored: Literal["0", "1"] = "0"
    """`1`: only those that no model scored."""
    escalated: Literal["0", "1"] = "0"
    """`1`: those that moderators handed on, which are in no other list."""
    cursor: Cursor | None = None
    """The `next` of the page before."""
    limit: Annotated[Whole, Field(ge=1, le=200)] = 50


class CallbacksQuery(BaseModel):
    """Which callbacks."""

    model_config = _STRICT

    state: Literal["failed"] = "failed"
    """Only those that were given up are listed."""
    limit: Annotated[Whole, Field(ge=1, le=1000)] = 100


def read_query(request: web.Request, model: type[BaseModel] | None) -> BaseModel | None:
    """Return the query as the route's model. Raises Problem 400."""
    given = dict(request.query)
    if len(given) != len(request.query):
        raise Problem("bad-request", "a query parameter stands twice")
    if not _is_text(request.rel_url.raw_query_string):
        raise Problem("bad-request", "a query parameter is not percent-encoded UTF-8")
    if model is None:
        if given:
            raise Problem("bad-request", "this takes no query parameters")
        return None
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise Problem("bad-request", "a query parameter is wrong", errors=faults(error)) from None


def _is_text(raw: str) -> bool:
    """Return whether a raw query is percent-encoded UTF-8 without NUL."""
    try:
        text = unquote(raw, errors="strict")
        text.encode()  # stray bytes of the request line come as lone surrogates
    except UnicodeError:
        return False
    return "\x00" not in text
