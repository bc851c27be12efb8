"""Which comments train the shipped model, and how much of each source: the whole mixture.

Each source's own reading is in `datasets.py`, `social.py` and `counterfactuals.py`. Sets that are
only for measuring are read here for one purpose, to keep their texts out of training.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
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

#: What the `natural` member learns beside the comments of Wikipedia: no post, no reply.
PLAIN = {
    datasets.NATURAL: 1,
    datasets.ENRICHED: 1,
    datasets.SPANS: 1,
    datasets.PARADETOX: 1,
    counterfactuals.SOURCE: 3,
}

#: Every which row of a source trains where the harder half of the grammar does. Left out of it:
#: ParaDetox, many of whose neutral rewrites lose the swearing and keep the contempt, no example of
#: a benign comment; and the sets of hate, which a model of this size hardly learns from
#: (HatemojiBuild: AUC 0.52 after it).
SPOKEN = {
    datasets.NATURAL: 1,
    datasets.ENRICHED: 1,
    datasets.SPANS: 1,
    social.TWEETS: 3,
    social.REDDIT: 2,
    social.TALK: 1,
    social.REPLIES: 2,
}

#: Of the six layers of the members' mean, those that the shipped model starts from. Six choices
#: were tried (docs/models.md).
LAYERS = (0, 2, 5)

DISTILLED_EPOCHS = 1.6

_WORD = re.compile(r"[a-z]{4,}")


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the training: how often it sees its comments, and the highest learning rate."""

    comments: list[Comment]
    epochs: float
    rate: float


@dataclass(frozen=True, slots=True)
class Member:
    """A model that is trained by itself, stage after stage; what ships is the mean of all."""

    name: str
    stages: tuple[Stage, ...]


def comments(data: Path, *, seed: int, made_up: int = MADE_UP) -> Split:
    """Return all comments, about `made_up` of them from the grammar, divided.

    Raises FileNotFoundError when a source is missing.
    """
    sentences = _unmeasured(data, counterfactuals.made_up(data, made_up, seed=seed))
    return split(
        datasets.natural(data),
        [*datasets.auxiliary(data), *social.beyond_news(data), *sentences],
        watched=frozenset({social.TWEETS, social.TALK}),
    )


def harder(data: Path, *, seed: int, made_up: int = MADE_UP) -> list[Comment]:
    """Return the harder half of the grammar's sentences."""
    return _unmeasured(data, counterfactuals.made_up(data, made_up, seed=seed + 1, harder=True))


def members(training: list[Comment], harder: list[Comment]) -> tuple[Member, ...]:
    """Return the models to train, those with the most work first.

    Each knows something better than the others do: `wide` hate without profanity, `natural` what
    Wikipedia's readers mind, `spoken` posts and replies.
    """
    spoken = _weighted([*_part(training, SPOKEN), *harder])
    plain = _weighted(_part(training, PLAIN))
    return (
        Member("wide", (Stage(_weighted(training), 1.3, 2e-4), Stage(spoken, 0.9, 1e-4))),
        Member("natural", (Stage(plain, 1.5, 2e-4),)),
        Member("spoken", (Stage(spoken, 1.6, 2e-4),)),
    )


def lessons(training: list[Comment], harder: list[Comment]) -> Stage:
    """Return what the mean of the members is asked about for a shallower model to learn."""
    return Stage([*_weighted(training), *harder], DISTILLED_EPOCHS, 2e-4)


def _weighted(training: list[Comment]) -> list[Comment]:
    natural = [comment for comment in training if comment.source == datasets.NATURAL]
    return training + natural * (NATURAL_TIMES - 1)


def _part(training: list[Comment], steps: Mapping[str, int]) -> list[Comment]:
    """Return every n-th comment of the sources named, none of the others."""
    seen: Counter[str] = Counter()
    part = []
    for comment in training:
        step = steps.get(comment.source, 0)
        if step and seen[comment.source] % step == 0:
            part.append(comment)
        seen[comment.source] += 1
    return part


def _unmeasured(data: Path, sentences: list[Comment]) -> list[Comment]:
    measured = {spelled(row[column]) for name, column in MEASURED_ONLY
                for row in rows(data, name, (column,))}  # fmt: skip
    return [sentence for sentence in sentences if spelled(sentence.text) not in measured]


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
