"""Scores that are asked for and not decided on: given at once or not at all, and nothing is kept.

No text comes near the store or a cache. A text without a score is a refusal here, since nobody
would hold it; a score is never made up.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from moderation.dialects import Direct
from moderation.domain.errors import NoScoreError, OverloadedError
from moderation.domain.scores import Scored
from moderation.services.scoring import LocalScoring

_RETRY_S = 1


class DirectScoring:
    """The use case of one process; it shares the scorer with decisions."""

    def __init__(self, scoring: LocalScoring, settings: Direct) -> None:
        self._scoring = scoring
        self._settings = settings
        self._present = 0

    async def score(self, texts: Sequence[str]) -> list[Scored]:
        """Return the scores of each text, in order.

        Raises OverloadedError when as many callers are here as may be, NoScoreError when any of the
        texts has none within the time for it.
        """
        if self._present >= self._settings.waiting:
            raise OverloadedError(_RETRY_S)
        self._present += 1
        try:
            return await self._score(texts)
        finally:
            self._present -= 1

    async def _score(self, texts: Sequence[str]) -> list[Scored]:
        until = time.monotonic() + self._settings.timeout_s
        pool = await self._scoring.ready(self._settings.timeout_s)
        asked = list(dict.fromkeys(texts))
        left_s = max(0.0, until - time.monotonic())
        outcomes = await pool.score(asked, timeout_s=left_s) if pool else []
        found = {
            text: outcome
            for text, outcome in zip(asked, outcomes, strict=False)
            if isinstance(outcome, Scored)
        }
        if len(found) < len(asked):
            raise NoScoreError("the model gave no score in time", _RETRY_S)
        return [found[text] for text in texts]
