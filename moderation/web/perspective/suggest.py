"""`comments:suggestscore`: what a person elsewhere says of a text, counted for the insights."""

from __future__ import annotations

from typing import Any

from moderation.dialects import Perspective
from moderation.domain.attributes import label_of
from moderation.services.direct import DirectScoring
from moderation.store import suggestions
from moderation.store.store import Store
from moderation.web.perspective.analyze import check_comment, check_context, detected_in
from moderation.web.perspective.messages import Suggest, SuggestedScores
from moderation.web.perspective.refusals import Refused, unknown

#: From here on a suggested value says that the text deserves the label.
_DESERVED = 0.5


class Suggesting:
    """Answers for one process."""

    def __init__(self, store: Store, scoring: DirectScoring, settings: Perspective) -> None:
        self._store = store
        self._scoring = scoring
        self._settings = settings

    async def answer(self, site: str, said: Suggest) -> dict[str, Any]:
        """Count what was said and return the answer.

        Raises Refused, NoScoreError, OverloadedError, StoreDownError.
        """
        check_comment(said.comment)
        check_context(said.context)
        values = self._values(said)
        text = said.comment.text
        (scored,) = await self._scoring.score([text])
        for label, (name, _) in values.items():
            if label not in scored.scores:
                raise unknown(name)
        known = {
            label: (scored.scores[label], value >= _DESERVED)
            for label, (_, value) in values.items()
        }
        await suggestions.note(self._store, site, text, said.community_id, known)
        detected = detected_in(scored, self._settings.fallback_language)
        answer: dict[str, Any] = {
            "detectedLanguages": [detected],
            "requestedLanguages": said.languages or [detected],
        }
        token = said.client_token
        return answer if token is None else {**answer, "clientToken": token}

    def _values(self, said: Suggest) -> dict[str, tuple[str, float]]:
        """Return the attribute and the value of each label. Raises Refused."""
        if not said.attribute_scores:
            raise Refused("Missing attribute_scores")
        found = {}
        for name, scores in said.attribute_scores.items():
            label = label_of(name, self._settings.aliases)
            if label is None:
                raise unknown(name)
            found[label] = (name, _value(scores))
        return found


def _value(scores: SuggestedScores) -> float:
    """Return the value of the whole text, else the highest of its spans. Raises Refused."""
    if scores.summary_score is not None:
        return scores.summary_score.value
    if not scores.span_scores:
        raise Refused("Missing score in attribute_scores")
    return max(span.score.value for span in scores.span_scores)
