"""What the model misses and what it holds by mistake, counted by kind. No text is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from moderation.domain.scores import LABELS
from moderation.evaluation.chapter import Chapter, Figure, Table
from moderation.evaluation.judge import Judge
from moderation.evaluation.metrics import share
from moderation.evaluation.natural import JigsawRows
from moderation.evaluation.sets import length_of
from moderation.evaluation.wordlist import has_listed, profane_words

_TEXT = """\
Held-out natural comments by kind: of the toxic ones how many are missed (approved), of the others
how many are held by mistake. A comment *with a listed word* has one that a list of profanities
knows. Kinds of toxicity are Jigsaw's other labels where they are known."""


class Misses:
    """The chapter on errors."""

    def __init__(self, data: Path, natural: JigsawRows) -> None:
        self._rows = natural
        listed = profane_words(data)
        words = [
            "with a listed word" if has_listed(t, listed) else "without one" for t in self.texts()
        ]
        self._kinds: dict[str, list[str]] = {
            "profanity": words,
            "length": [length_of(text) for text in self.texts()],
            "labels": [_combination(labels) for labels in self._rows.truth],
        }

    def texts(self) -> list[str]:
        """Return all texts that are measured."""
        return self._rows.texts

    def measure(self, judge: Judge) -> Chapter:
        """Return the chapter."""
        held, toxic = judge.held(self.texts()), self._rows.toxic
        tables: dict[str, Table] = {}
        for name, kinds in self._kinds.items():
            found = np.array(kinds)
            rows: dict[str, dict[str, Figure]] = {}
            for kind in np.unique(found[toxic] if name == "labels" else found):
                own = found == kind
                rows[str(kind)] = {
                    "toxic": int((own & toxic).sum()),
                    "missed": int((own & toxic & ~held).sum()),
                    "missed share": share(~held[own & toxic]),
                    "others": int((own & ~toxic).sum()),
                    "held by mistake": int((own & ~toxic & held).sum()),
                    "others held": share(held[own & ~toxic]),
                }
            tables[name] = Table(name, rows)
        tables["alone"] = Table("label over its threshold", _alone(judge, self.texts(), toxic))
        return Chapter("misses", "What it misses", _TEXT, tables)


def _combination(labels: np.typing.NDArray[np.floating]) -> str:
    if np.isnan(labels[1:]).all():
        return "toxic, kind unknown"
    names = [name for name, value in zip(LABELS[1:], labels[1:], strict=True) if value == 1]
    return "toxic, " + " + ".join(names or ["nothing more"])


def _alone(
    judge: Judge, texts: list[str], toxic: np.typing.NDArray[np.bool_]
) -> dict[str, dict[str, Figure]]:
    """Return for each label what it holds, and what nothing but it holds."""
    over = {
        label: judge.score(texts, label) >= threshold
        for label, threshold in judge.thresholds.items()
    }
    many = np.sum(list(over.values()), axis=0)
    count: Callable[[np.typing.NDArray[np.bool_]], int] = lambda flags: int(flags.sum())  # noqa: E731
    return {
        label: {
            "toxic held": count(flags & toxic),
            "only by it": count(flags & toxic & (many == 1)),
            "others held by mistake": count(flags & ~toxic),
            "only by it, by mistake": count(flags & ~toxic & (many == 1)),
        }
        for label, flags in over.items()
    }
