"""What a call and its answer say, read once the answer has gone to the client.

Neither is changed or kept; what can't be compared is said by its fate.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import hdrs
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from moderation.domain.perspective_pair import Fate
from moderation.web.perspective.messages import Analyze, read
from moderation.web.perspective_shadow.upstream import Answer
from moderation.web.problems import Problem
from moderation.web.strict_json import parse

_READ = ConfigDict(
    extra="ignore", frozen=True, alias_generator=to_camel, allow_inf_nan=False,
    hide_input_in_errors=True,
)  # fmt: skip
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_LONGEST = 16 * 1024 * 1024
_ANY_HEADER = 47  # zlib: gzip or zlib, whichever it is


class _Score(BaseModel):
    model_config = _READ

    value: float = Field(ge=0, le=1)


class _Scores(BaseModel):
    model_config = _READ

    summary_score: _Score


class _Answered(BaseModel):
    model_config = _READ

    attribute_scores: dict[str, _Scores]


@dataclass(frozen=True, slots=True)
class Call:
    """A text, the languages that it was said to be in, and Perspective's scores by attribute."""

    text: str = field(repr=False)
    languages: list[str]
    theirs: Mapping[str, float]


def understood(raw: bytes, answer: Answer, *, with_do_not_store: bool) -> Call | Fate:
    """Return what was asked and answered, or why it can't be compared.

    Attributes that were asked for with a threshold are left out: the scores below it are missing,
    so what is there would be half of the truth. A version (`TOXICITY@6`) is not told apart.
    """
    try:
        asked = read(Analyze, parse(raw))
        answered = _Answered.model_validate(json.loads(_plain(answer)))
    except (Problem, ValidationError, ValueError, RecursionError, zlib.error):
        return Fate.UNREADABLE
    if asked.do_not_store and not with_do_not_store:
        return Fate.DO_NOT_STORE
    whole = {name for name, want in asked.requested_attributes.items() if not want.score_threshold}
    theirs = {
        name.partition("@")[0]: scores.summary_score.value
        for name, scores in answered.attribute_scores.items()
        if name in whole
    }
    if not all(map(_NAME.fullmatch, theirs)):
        return Fate.UNREADABLE
    return Call(asked.comment.text, asked.languages, theirs) if theirs else Fate.THRESHOLD


def _plain(answer: Answer) -> bytes:
    """Return the body without its coding. Raises ValueError, zlib.error."""
    if not answer.headers.get(hdrs.CONTENT_ENCODING):
        return answer.body
    inflating = zlib.decompressobj(_ANY_HEADER)
    plain = inflating.decompress(answer.body, _LONGEST)
    if inflating.unconsumed_tail:
        raise ValueError("the answer is too long")
    return plain
