"""What Perspective's clients send, read as it was there: unknown fields are ignored."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from moderation.web.perspective.refusals import Refused

_LOOSE = ConfigDict(
    extra="ignore",
    frozen=True,
    allow_inf_nan=False,
    alias_generator=to_camel,
    hide_input_in_errors=True,
)
_Model = TypeVar("_Model", bound=BaseModel)


class Text(BaseModel):
    """A text and how it is written."""

    model_config = _LOOSE

    text: str = Field("", repr=False)
    type: str = "PLAIN_TEXT"


class Context(BaseModel):
    """What the comment stands in. It is read for its form and does not change a score."""

    model_config = _LOOSE

    entries: list[Text] | None = None
    article_and_parent_comment: dict[str, Any] | None = Field(None, repr=False)


class Wanted(BaseModel):
    """An attribute that is asked for; below `score_threshold` it is left out."""

    model_config = _LOOSE

    score_type: str = "PROBABILITY"
    score_threshold: float = 0.0


class Analyze(BaseModel):
    """The body of `comments:analyze`."""

    model_config = _LOOSE

    comment: Text = Text()
    context: Context = Context()
    requested_attributes: dict[str, Wanted] = {}
    languages: list[str] = []
    span_annotations: bool = False
    do_not_store: bool = False
    client_token: str | None = None


class Suggested(BaseModel):
    """What somebody says a score should be; spans have a begin and an end."""

    model_config = _LOOSE

    value: Annotated[float, Field(ge=0, le=1)]
    type: str = "PROBABILITY"


class SuggestedSpan(BaseModel):
    """What a part of the text should have."""

    model_config = _LOOSE

    begin: int
    end: int
    score: Suggested


class SuggestedScores(BaseModel):
    """What an attribute should have."""

    model_config = _LOOSE

    summary_score: Suggested | None = None
    span_scores: list[SuggestedSpan] = []


class Suggest(BaseModel):
    """The body of `comments:suggestscore`."""

    model_config = _LOOSE

    comment: Text = Text()
    context: Context = Context()
    attribute_scores: dict[str, SuggestedScores] = {}
    languages: list[str] = []
    community_id: Annotated[str, Field(max_length=1024)] = ""
    client_token: str | None = None


def read(model: type[_Model], value: object) -> _Model:
    """Return the message. Raises Refused, naming the field and never what stood in it."""
    if isinstance(value, dict):
        value = _without_nulls(value)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        where = error.errors(include_input=False, include_url=False, include_context=False)[0]
        path = ".".join(str(part)[:64] for part in where["loc"] if isinstance(part, str))
        raise Refused(f"Invalid value at '{path or 'body'}'") from None


def _without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    """Return the object without what is null: in this format that is what is not there."""
    return {
        name: _without_nulls(one) if isinstance(one, dict) else one
        for name, one in value.items()
        if one is not None
    }
