"""Disguised words: how much recall each way of writing around a filter costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from moderation.domain.interval import Interval
from moderation.evaluation.chapter import Chapter, Figure, Table
from moderation.evaluation.disguise import BY_HAND, DISGUISES, disguised, mixed
from moderation.evaluation.judge import Judge
from moderation.evaluation.metrics import auc, share
from moderation.evaluation.natural import JigsawRows
from moderation.evaluation.plots import bars
from moderation.evaluation.sets import digest, sample
from moderation.evaluation.wordlist import has_listed, profane_words

MOST = 300
#: Words: people disguise words in outbursts, and a long text has other words that give it away.
LONGEST = 100
MIXED = "each word another way by hand"
CLEAN = "as written"

_TEXT = f"""\
Held-out natural comments of at most {LONGEST} words. Of the toxic ones only those with a word that
a list of profanities knows, and just these words disguised, as people do who want to be read by
people. Of the others, which mostly have none, a third of the longer words: a disguise alone is no
offence, but it should not be common either. *By hand* are {", ".join(BY_HAND)}; the row "{MIXED}"
draws one of them for each word and stands for disguises that people made. Recall is the share of
these toxic comments held at the shipped thresholds."""


class DisguisedComments:
    """The chapter on robustness."""

    def __init__(self, data: Path, natural: JigsawRows, most: int) -> None:
        offensive = profane_words(data)
        pairs = [
            (text, bool(toxic))
            for text, toxic in zip(natural.texts, natural.toxic, strict=True)
            if len(text.split()) <= LONGEST
        ]
        toxic_ones = [text for text, toxic in pairs if toxic and has_listed(text, offensive)]
        others = [text for text, toxic in pairs if not toxic]
        sides = [sample(side, min(most, MOST), str) for side in (toxic_ones, others)]
        self._toxic = np.repeat([True, False], [len(side) for side in sides])
        clean = [text for side in sides for text in side]
        self._versions = {CLEAN: clean}
        for name, how in {MIXED: mixed, **DISGUISES}.items():
            self._versions[name] = [
                disguised(text, how, offensive, int.from_bytes(digest(text), "big"))
                for text in clean
            ]

    def texts(self) -> list[str]:
        """Return all texts that are measured."""
        return [text for version in self._versions.values() for text in version]

    def measure(self, judge: Judge) -> Chapter:
        """Return the chapter; the goal is the recall that disguises made by hand cost."""
        held = {name: judge.held(texts) for name, texts in self._versions.items()}
        before = held[CLEAN][self._toxic].mean() if self._toxic.any() else None
        rows: dict[str, dict[str, Figure]] = {}
        for name, texts in self._versions.items():
            recall = share(held[name][self._toxic])
            lost = float(before - recall.value) if recall and before is not None else None
            rows[name] = {
                "toxic": int(self._toxic.sum()),
                "recall": recall,
                "points of recall lost": lost,
                "others held": share(held[name][~self._toxic]),
                "AUC toxicity": auc(self._toxic, judge.score(texts)),
            }
        recalls = {
            n: r.value for n, row in rows.items() if isinstance(r := row["recall"], Interval)
        }
        return Chapter(
            "robustness",
            "Disguised words",
            _TEXT,
            {"disguises": Table("toxic words", rows)},
            {"disguises": bars(recalls, across="toxic comments held")},
            {"obfuscation": rows[MIXED]["points of recall lost"]},
        )
