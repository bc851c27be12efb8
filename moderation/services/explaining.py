"""Explaining a comment's scores: what in its text raised them, on demand and for a person's eyes.

One comment at a time and within a deadline: it shares the scorer with decisions. What was not read
in time is left out, and the answer says so; nothing is ever made up.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from moderation.domain.comment import Submission
from moderation.domain.decision import ReasonCode
from moderation.domain.errors import (
    ModerationError,
    NoScoreError,
    NotFoundError,
    OverloadedError,
)
from moderation.domain.explanation import (
    Places,
    Sentence,
    Weighed,
    labels_of,
    sentence_of,
    texts_of,
    weighed,
    worst_first,
    worst_of,
)
from moderation.domain.scores import ModelInfo, Scored, Scores, UnscoredReason
from moderation.domain.spans import pieces
from moderation.domain.text import View
from moderation.services.known_explanations import Explanation, KnownExplanations
from moderation.services.scoring import Asking, LocalScoring
from moderation.settings import Explain
from moderation.store import reading
from moderation.store.store import Store
from moderation.telemetry import Metrics

_RETRY_S = 1
#: Comments whose explanations are remembered, each at most some tens of kilobytes.
_KNOWN = 500
#: The scorer fails on the very text: asking again soon won't help.
_RETRY_FAULT_S = 60
_FAULTS = frozenset({UnscoredReason.ERROR, UnscoredReason.CRASHED, UnscoredReason.BAD_SCORE})
_RESULTS: dict[type[ModerationError], str] = {
    NotFoundError: "no_text",
    NoScoreError: "no_score",
    OverloadedError: "overloaded",
}


class Explaining:
    """The use case of one process."""

    def __init__(
        self, store: Store, scoring: LocalScoring, settings: Explain, metrics: Metrics
    ) -> None:
        self._store = store
        self._scoring = scoring
        self._settings = settings
        self._metrics = metrics
        self._known = KnownExplanations(_KNOWN)
        self._turn = asyncio.Lock()
        self._present = 0  # the one at work and those behind it

    async def explain(self, site: str, comment: str) -> dict[str, Any]:
        """Return what raised the scores of a comment's current text, with places in that text.

        Raises NotFoundError where there is no such comment or no text of it any more, NoScoreError,
        OverloadedError when too many wait, StoreDownError.
        """
        begin, result = time.perf_counter(), "failed"
        try:
            answer, result = await self._answer(site, comment)
            self._metrics.explain_duration.observe(time.perf_counter() - begin)
        except ModerationError as error:
            result = _RESULTS.get(type(error), "failed")
            raise
        finally:
            self._metrics.explains.labels(result).inc()
        return dict(answer)

    async def _answer(self, site: str, comment: str) -> tuple[Explanation, str]:
        """Return the explanation, and whether it is known, complete or partial."""
        record, _ = await self._found(site, comment)
        if known := await self._remembered(record):
            return known, "known"
        if self._present > self._settings.waiting:
            raise OverloadedError(_RETRY_S)
        self._present += 1
        try:
            async with self._turn:
                record, said = await self._found(site, comment)
                if known := await self._remembered(record):  # made while this one waited
                    return known, "known"
                made = await self._explained(record, said)
                return made, "partial" if made["partial"] else "complete"
        finally:
            self._present -= 1

    async def _found(self, site: str, comment: str) -> tuple[reading.Record, Submission]:
        (record,) = await reading.read(self._store, [comment], with_text=True)
        if record is None or record.submission is None:
            self._known.forget(comment)
        if record is None or record.state["s"] != site:
            raise NotFoundError("no such comment")
        if record.submission is None:
            raise NotFoundError("the comment's text is no longer kept")
        return record, record.submission

    async def _remembered(self, record: reading.Record) -> Explanation | None:
        pool = await self._scoring.ready(0)
        if pool is None or pool.model is None:
            return None
        return self._known.get(record.id, record.state, pool.model)

    async def _explained(self, record: reading.Record, said: Submission) -> Explanation:
        until = time.monotonic() + self._settings.timeout_s
        pool = await self._scoring.ready(self._settings.timeout_s)
        if pool is None or pool.model is None:
            raise NoScoreError("the model is not ready", _RETRY_S)
        model, asking, view = pool.model, Asking(pool, until), said.plain()
        scores = _recorded(record, model) or await _whole(asking, view.text)
        labels = await _labels(asking, view, scores, record)
        places = Places(view, said.text)
        made = {
            "id": record.id,
            "revision": int(record.state["rev"]),
            "model": _named(model),
            "labels": [label.to_dict(places) for label in labels],
            "partial": asking.missed,
        }
        if not asking.missed:
            self._known.keep(record.id, record.state, model, made)
        return made


@dataclass(frozen=True, slots=True)
class _Label:
    """A label with the sentence that is worst, None where none was read, and its words."""

    name: str
    score: float
    sentence: Sentence | None
    words: list[Weighed]

    def to_dict(self, places: Places) -> dict[str, Any]:
        sentence = self.sentence
        return {
            "label": self.name,
            "score": self.score,
            "sentence": sentence
            and {**places.of(sentence.span), "score": sentence.scores[self.name]},
            "words": [{**places.of(word.span), "weight": word.weight} for word in self.words],
        }


async def _labels(
    asking: Asking, view: View, scores: Scores, record: reading.Record
) -> list[_Label]:
    text, names = view.text, labels_of(scores, _held_for(record))
    spans = worst_first(pieces(text), view, _worst_part(record)) if names else []
    alone = await asking.scores(span.of(text) for span in spans)
    parts = {span: alone[span.of(text)] for span in spans if span.of(text) in alone}
    worst = {name: span for name in names if (span := worst_of(name, parts))}
    sentences = {span: sentence_of(text, span, parts[span]) for span in worst.values()}
    read = await asking.scores(texts_of(sentences.values())) if sentences else {}
    found = []
    for name in names:
        sentence = sentences[worst[name]] if name in worst else None
        words = weighed(name, sentence, read) if sentence else []
        found.append(_Label(name, scores[name], sentence, words))
    return found


def _recorded(record: reading.Record, model: ModelInfo) -> Scores | None:
    """Return the scores that decided on the current text, if this model gave them."""
    decided = record.decided or {}
    is_current = decided.get("revision") == int(record.state["rev"])
    is_same = decided.get("model") == _named(model)
    return decided.get("scores") if is_current and is_same else None


def _named(model: ModelInfo) -> dict[str, str]:
    return {"name": model.name, "version": model.version}


def _worst_part(record: reading.Record) -> tuple[int, int] | None:
    """Return the window of a long text that decided on it, in the text as submitted."""
    decided = record.decided or {}
    is_current = decided.get("revision") == int(record.state["rev"])
    part = decided.get("worst_part") if is_current else None
    return (part[0], part[1]) if part else None


def _held_for(record: reading.Record) -> set[str]:
    """Return the labels that held the comment, however low their thresholds are."""
    reasons = (record.decided or {}).get("reasons", [])
    over = ReasonCode.SCORE_OVER_THRESHOLD
    return {reason["label"] for reason in reasons if reason["code"] == over}


async def _whole(asking: Asking, text: str) -> Scores:
    outcome = await asking.outcome(text)
    if isinstance(outcome, Scored):
        return outcome.scores
    retry_s = _RETRY_FAULT_S if outcome.reason in _FAULTS else _RETRY_S
    raise NoScoreError("the model gave no score for this text", retry_s)
