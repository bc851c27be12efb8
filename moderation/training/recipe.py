"""Which comments train the shipped model, and how much of each source: the whole mixture.

Each source's own reading is in `datasets.py`, `social.py` and `counterfactuals.py`. Sets that are
only for measuring are read here for one purpose, to keep their texts out of training.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

from moderation.training import counterfactuals, datasets, social
from moderation.training.datasets import Comment, rows
from moderation.training.split import Split, spelled, split

#: How many made-up comments, before repeated ones are dropped.
MADE_UP = 30_000

#: Natural comments are the best and the fewest: they train so often an epoch.
NATURAL_TIMES = 2

#: Templates that identity bias is measured with: the grammar must not make one by chance.
MEASURED_ONLY = (("bias_madlibs_77k/bias_madlibs_77k", "Text"),)

#: A word is offensive when annotators marked it in this share of its uses, seen so often at least.
MARKED_SHARE, MARKED_TIMES = 0.5, 4

_WORD = re.compile(r"[a-z]{4,}")


def comments(data: Path, *, seed: int, made_up: int = MADE_UP) -> Split:
    """Return all comments, about `made_up` of them from the grammar, divided.

    Raises FileNotFoundError when a source is missing.
    """
    measured = {spelled(row[column]) for name, column in MEASURED_ONLY
                for row in rows(data, name, (column,))}  # fmt: skip
    sentences = [
        comment
        for comment in counterfactuals.made_up(data, made_up, seed=seed)
        if spelled(comment.text) not in measured
    ]
    return split(
        datasets.natural(data),
        [*datasets.auxiliary(data), *social.beyond_news(data), *sentences],
        watched=frozenset({social.TWEETS, social.TALK}),
    )


def weighted(training: list[Comment]) -> list[Comment]:
    """Return the comments of one epoch: each once, the natural ones `NATURAL_TIMES`."""
    natural = [comment for comment in training if comment.source == datasets.NATURAL]
    return training + natural * (NATURAL_TIMES - 1)


def offensive_words(data: Path) -> frozenset[str]:
    """Return lower-case words that people disguise: of the word list, and of annotators' spans."""
    listed = {row["text"].lower() for row in rows(data, counterfactuals.WORD_LIST, ("text",))}
    marked, used = Counter[str](), Counter[str]()
    for row in rows(data, datasets.SPANS, ("comment_text", "spans_by_annotation")):
        text = row["comment_text"]
        used.update(set(_WORD.findall(text.lower())))
        spans = json.loads(row["spans_by_annotation"] or "[]")
        pieces = {text[start:end].lower() for _, _, start, end in spans}
        marked.update({word for piece in pieces if " " not in piece.strip()
                       for word in _WORD.findall(piece)})  # fmt: skip
    return frozenset(listed) | {
        word
        for word, times in marked.items()
        if times >= MARKED_TIMES and times >= MARKED_SHARE * used[word]
    }
