"""Explaining a score: what a page needs to mark in a text what raised it."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from moderation.web.call import Call, json_response
from moderation.web.responses import Version

_EXACT = ConfigDict(
    extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
)  # fmt: skip
_Offset = Annotated[int, Field(ge=0)]
_Probability = Annotated[float, Field(ge=0, le=1)]


class Place(BaseModel):
    """A part of the text as submitted, markup included; ends are exclusive."""

    model_config = _EXACT

    start: _Offset
    """In code points."""
    end: _Offset
    utf16_start: _Offset
    """In UTF-16 code units, as JavaScript counts."""
    utf16_end: _Offset


class ScoredSentence(Place):
    """A sentence, or a part of a long one, and its score when it is read by itself."""

    score: _Probability


class WeighedWord(Place):
    """A word of that sentence, and what it did to the score."""

    weight: float
    """In log-odds: it raised the score (above 0) or lowered it (below 0)."""


class ExplainedLabel(BaseModel):
    """A label with its worst sentence, and the words that raised its score most."""

    model_config = _EXACT

    label: str
    score: _Probability
    """Of the whole text, as it is decided on."""
    sentence: ScoredSentence | None
    """Null where none was read in time."""
    words: list[WeighedWord]
    """The strongest first."""


class Explanation(BaseModel):
    """What raised a comment's scores."""

    model_config = _EXACT

    id: str
    revision: int
    """The text that the places are in."""
    model: Version
    labels: list[ExplainedLabel]
    """Those with a score of 0.1 or more, or that held the comment; the worst first."""
    partial: bool
    """Whether something was not read, for lack of time or because the model failed on it."""


async def explain(call: Call) -> web.Response:
    """Say what in a comment's text raised its scores."""
    answer = await call.context.explaining.explain(call.caller.site, call.comment_id())
    return json_response(answer)
