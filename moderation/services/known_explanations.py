"""Explanations that were made a moment ago: whoever looks at the same comment waits for nothing.

In memory only: ids, places and weights, and no text, in keys or values. Whether a comment's text is
still kept is asked before; of one whose text is gone nothing is to stay here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from moderation.domain.scores import ModelInfo

Explanation = Mapping[str, Any]


class KnownExplanations:
    """Those of at most `most` comments, the longest unused dropped first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[str, tuple[object, Explanation]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._found)

    def get(self, comment: str, state: Mapping[str, str], model: ModelInfo) -> Explanation | None:
        """Return the explanation of a comment as it stands, if this model gave it."""
        basis, known = self._found.get(comment, (None, None))
        if known is None or basis != _basis(state, model):
            return None
        self._found.move_to_end(comment)
        return known

    def keep(
        self, comment: str, state: Mapping[str, str], model: ModelInfo, made: Explanation
    ) -> None:
        """Remember an explanation, instead of an earlier one of the same comment."""
        self._found[comment] = (_basis(state, model), made)
        self._found.move_to_end(comment)
        if len(self._found) > self._most:
            self._found.popitem(last=False)

    def forget(self, comment: str) -> None:
        """Drop what is known of a comment."""
        self._found.pop(comment, None)


def _basis(state: Mapping[str, str], model: ModelInfo) -> object:
    """Return what an explanation hangs on: the text, what it was held for, and the model."""
    return state["rev"], state.get("dv"), model.name, model.version
