"""Scores of texts that were scored a moment ago: the same text again costs nothing.

In memory only, under a keyed hash whose key dies with the process; no text is kept. What must not
be kept at all is not to be offered here.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import replace

from moderation.domain.scores import ModelInfo, Outcome, Scored


class KnownScores:
    """At most `most` outcomes, the longest unused dropped first; 0 keeps none.

    Only scores are kept: a text that had none is asked for again.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._key = secrets.token_bytes(32)
        self._found: OrderedDict[bytes, Scored] = OrderedDict()

    def __len__(self) -> int:
        return len(self._found)

    def get(self, text: str, model: ModelInfo | None) -> Scored | None:
        """Return the text's scores if `model` gave them, as taking no time."""
        hashed = self._hashed(text)
        known = self._found.get(hashed)
        if known is None or known.model != model:
            return None
        self._found.move_to_end(hashed)
        return known

    def keep(self, text: str, outcome: Outcome) -> None:
        """Remember a text's scores."""
        if not self._most or not isinstance(outcome, Scored):
            return
        self._found[self._hashed(text)] = replace(outcome, seconds=0.0)
        if len(self._found) > self._most:
            self._found.popitem(last=False)

    def _hashed(self, text: str) -> bytes:
        raw = text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(raw, key=self._key, digest_size=16).digest()
