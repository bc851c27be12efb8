"""What the model misses and what it holds by mistake, counted by kind. No text is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from moderation.domain.scores import LABELS
from moderation.evaluation.chapter import Chapter, Figure, Table
from moderation.evaluation.judge import Judge
from moderation.evaluation.metrics import Bools, Floats, share
from moderation.evaluation.natural import JigsawRows
from moderation.evaluation.sets import LENGTHS, length_of
from moderation.evaluation.wordlist import has_listed, profane_words

_TEXT = """\
Held-out natural comments by kind: of the toxic ones how many are missed (approved), of the others
how many are held by mistake. A comment *with a listed word* has one that a list of profanities
knows. Kinds of toxicity are Jigsaw's other labels where they are known."""


_NO_KIND = ""


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
            order = LENGTHS.values() if name == "length" else sorted({*kinds} - {_NO_KIND})
            found = np.array(kinds)
            rows = {kind: _missed(held[(found == kind) & toxic]) for kind in order}
            if name != "labels":
                for kind in order:
                    rows[kind] |= _mistaken(held[(found == kind) & ~toxic])
            tables[name] = Table(name, rows)
        tables["alone"] = Table("label over its threshold", _alone(judge, self.texts(), toxic))
        return Chapter("misses", "What it misses", _TEXT, tables)


def _missed(held: Bools) -> dict[str, Figure]:
    return {"toxic": len(held), "missed": int((~held).sum()), "missed share": share(~held)}


def _mistaken(held: Bools) -> dict[str, Figure]:
    return {"others": len(held), "held by mistake": int(held.sum()), "others held": share(held)}


def _combination(labels: Floats) -> str:
    if labels[0] != 1:
        return _NO_KIND
    if np.isnan(labels[1:]).all():
        return "not known"
    names = [name for name, value in zip(LABELS[1:], labels[1:], strict=True) if value == 1]
    return ", ".join(names or ["none of the others"])


def _alone(judge: Judge, texts: list[str], toxic: Bools) -> dict[str, dict[str, Figure]]:
    """Return for each label what it holds, and what nothing but it holds."""
    over = {
        label: judge.score(texts, label) >= threshold
        for label, threshold in judge.thresholds.items()
    }
    many = np.sum(list(over.values()), axis=0)
    return {
        label: {
            "toxic held": int((flags & toxic).sum()),
            "only by it": int((flags & toxic & (many == 1)).sum()),
            "others held by mistake": int((flags & ~toxic).sum()),
            "only by it, by mistake": int((flags & ~toxic & (many == 1)).sum()),
        }
        for label, flags in over.items()
    }
