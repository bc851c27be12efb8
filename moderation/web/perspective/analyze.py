"""`comments:analyze`: the scores of one text, its sentences' too where they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moderation.dialects import Perspective
from moderation.domain.attributes import label_of
from moderation.domain.language import language_code
from moderation.domain.scores import ModelInfo, Scored
from moderation.domain.spans import Span, Utf16, pieces, sentences
from moderation.services.direct import DirectScoring
from moderation.web.perspective.messages import Analyze, Context, Text, Wanted
from moderation.web.perspective.refusals import Refused, unknown, unread

#: The longest text (bytes), as there.
LONGEST = 20_480
#: More sentences than this are put together: each is a reading of its own.
_MANY = 256
_PLAIN = {"PLAIN_TEXT", "TEXT_TYPE_UNSPECIFIED"}
_TEXT_TYPES = {*_PLAIN, "HTML"}
_PROBABILITY = {"PROBABILITY", "SCORE_TYPE_UNSPECIFIED"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """An attribute, the label that answers for it, and what is wanted of it."""

    name: str
    label: str
    wanted: Wanted


class Analyzing:
    """Answers for one process."""

    def __init__(self, scoring: DirectScoring, settings: Perspective) -> None:
        self._scoring = scoring
        self._settings = settings

    async def answer(self, asked: Analyze) -> dict[str, Any]:
        """Return the answer. Raises Refused, NoScoreError, OverloadedError."""
        text = asked.comment.text
        check_comment(asked.comment)
        check_context(asked.context)
        attributes = self._attributes(asked.requested_attributes)
        parts = _parts(text) if asked.span_annotations else []
        whole, *alone = await self._scoring.score([text, *(part.of(text) for part in parts)])
        for attribute in attributes:
            if attribute.label not in whole.scores:
                raise unknown(attribute.name)
        self._check_languages(asked.languages, attributes[0].name, whole.model)
        detected = detected_in(whole, self._settings.fallback_language)
        places = Utf16(text)
        scores = {
            attribute.name: _scores(attribute, whole, parts, alone, places, len(text))
            for attribute in attributes
            if whole.scores[attribute.label] >= attribute.wanted.score_threshold
        }
        answer = {
            "attributeScores": scores,
            "languages": asked.languages or [detected],
            "detectedLanguages": [detected],
        }
        token = asked.client_token
        return answer if token is None else {**answer, "clientToken": token}

    def _attributes(self, requested: Mapping[str, Wanted]) -> list[_Asked]:
        if not requested:
            raise Refused("Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES")
        found = []
        for name, wanted in requested.items():
            label = label_of(name, self._settings.aliases)
            if label is None:
                raise unknown(name)
            if wanted.score_type not in _PROBABILITY:
                kind = wanted.score_type[:32]
                raise Refused(
                    f"Requested score type {kind} is not supported by attribute {name[:64]}"
                )
            found.append(_Asked(name, label, wanted))
        return found

    def _check_languages(self, requested: list[str], attribute: str, model: ModelInfo) -> None:
        if model.languages is not None and any(
            language_code(language) not in model.languages for language in requested
        ):
            raise unread(attribute, requested)


def check_comment(comment: Text) -> None:
    """Refuse what was not read there either. Raises Refused."""
    if comment.type not in _TEXT_TYPES:
        raise Refused("Unknown text type")
    if comment.type not in _PLAIN:
        raise Refused("Currently, only 'PLAIN_TEXT' comments are supported")
    if not comment.text.strip():
        raise Refused("Comment must be non-empty.", "COMMENT_EMPTY")
    if len(comment.text.encode()) > LONGEST:
        raise Refused("Comment text too long.", "COMMENT_TOO_LONG")


def check_context(context: Context) -> None:
    """Refuse a context of both kinds. Raises Refused."""
    if context.entries is not None and context.article_and_parent_comment is not None:
        raise Refused(
            "Context can have either entries or article_and_parent_comment, "
            "but both fields were populated."
        )


def detected_in(whole: Scored, fallback: str) -> str:
    """Return the language of the text among those that the model reads.

    What is surely in another is answered all the same: clients take an error for a zero.
    """
    known, found = whole.model.languages, whole.language
    return found if found and (known is None or found in known) else fallback


def _parts(text: str) -> list[Span]:
    found = sentences(text)
    return found if len(found) <= _MANY else pieces(text)


def _scores(
    attribute: _Asked,
    whole: Scored,
    parts: list[Span],
    alone: list[Scored],
    places: Utf16,
    length: int,
) -> dict[str, Any]:
    label, least = attribute.label, attribute.wanted.score_threshold
    summary = whole.scores[label]
    spans = [
        (part, scored.scores[label])
        for part, scored in zip(parts, alone, strict=True)
        if scored.scores[label] >= least
    ]
    return {
        "spanScores": [
            {
                "begin": places.offset(part.start),
                "end": places.offset(part.end),
                "score": _score(value),
            }
            for part, value in (spans if parts else [(Span(0, length), summary)])
        ],
        "summaryScore": _score(summary),
    }


def _score(value: float) -> dict[str, Any]:
    return {"value": value, "type": "PROBABILITY"}
