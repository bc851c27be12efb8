"""Posts and edits beyond news and talk pages, each with only the labels that its source can tell.

Hate sets know what attacks an identity, not the rest; teaching them as plain `toxicity` made the
names of groups a sign of it. So what a set did not ask is masked, and where annotators differ the
label is their share. Benign sets are read where they are sure. Nothing here cleans or splits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from moderation.domain.scores import LABELS
from moderation.training.datasets import Comment, labels_of, rows

TWEETS = "davidson_tweets/labeled_data"
EMOJI_HATE = "hatemoji/hatemojibuild_train"
SEXISM = "edos_sexism/aggregated"
REDDIT = "goemotions_reddit/train"
TALK = "cat_wikipedia_context/cat_large_gn"
REPLIES = "cat_wikipedia_context/cat_large_gc"

#: Every how many of the merely offensive tweets train: the whole 19,190 would drown the rest.
OFFENSIVE_STEP = 3

#: Columns of the tweets' table: how many annotators saw what.
_OFFENSIVE_CLASS = 1

#: Emotions that no toxic comment is labelled with, by their numbers in GoEmotions' list.
FRIENDLY = frozenset({0, 1, 4, 5, 6, 7, 8, 13, 15, 17, 18, 20, 21, 22, 23, 26})
REDDIT_STEP = 2
TALK_STEP = 2
WOMEN_STEP = 4

_WOMEN = re.compile(r"\b(?:wom[ae]n|girls?|females?|wife|wives|she|her)\b", re.IGNORECASE)
_SEVERE_SEXISM = ("1.", "2.")


def beyond_news(data: Path) -> list[Comment]:
    """Return the posts of all sources here. Raises FileNotFoundError when one is missing."""
    return [
        *_tweets(data),
        *_emoji_hate(data),
        *_sexism(data),
        *_reddit(data),
        *_talk(data),
    ]


def _tweets(data: Path) -> Iterator[Comment]:
    """Yield tweets with the shares of annotators that saw offence, and hate."""
    columns = ("count", "hate_speech", "offensive_language", "neither", "class", "tweet")
    for number, row in enumerate(rows(data, TWEETS, columns)):
        if row["class"] == _OFFENSIVE_CLASS and number % OFFENSIVE_STEP:
            continue
        hateful, offensive = (row[kind] / row["count"] for kind in columns[1:3])
        labels = {"toxicity": hateful + offensive, "identity_attack": hateful}
        yield Comment(row["tweet"], TWEETS, labels_of(labels))


def _emoji_hate(data: Path) -> Iterator[Comment]:
    """Yield posts written to deceive a classifier, and their opposites changed by a few words."""
    for row in rows(data, EMOJI_HATE, ("text", "label_gold", "type")):
        if not row["label_gold"]:
            labels = dict.fromkeys(LABELS, 0.0) | {"toxicity": 0.05, "insult": 0.05}
            del labels["obscene"], labels["severe_toxicity"]
        else:
            labels = {"toxicity": 0.9, "identity_attack": 0.95}
            if row["type"] == "threateninglanguage":
                labels["threat"] = 0.9
        yield Comment(row["text"], EMOJI_HATE, labels_of(labels))


def _sexism(data: Path) -> Iterator[Comment]:
    """Yield threats and derogation of women, and posts that mention women without either.

    The others of the set come from forums where much is abuse of another kind: `toxicity` is known
    of the sexist ones only.
    """
    columns = ("text", "label_sexist", "label_category")
    for number, row in enumerate(rows(data, SEXISM, columns)):
        if row["label_category"].startswith(_SEVERE_SEXISM):
            labels = {"toxicity": 0.9, "identity_attack": 0.9}
            yield Comment(row["text"], SEXISM, labels_of(labels))
        elif number % WOMEN_STEP or row["label_sexist"] == "sexist":
            continue
        elif _WOMEN.search(row["text"]):
            yield Comment(row["text"], SEXISM, labels_of({"identity_attack": 0.05}))


def _reddit(data: Path) -> Iterator[Comment]:
    """Yield posts written in kindness, joy, wonder: often rough in tone, never abuse."""
    benign = dict.fromkeys(LABELS, 0.0) | {"toxicity": 0.02}
    del benign["obscene"]
    chosen = (
        row["text"]
        for row in rows(data, REDDIT, ("text", "labels"))
        if {int(emotion) for emotion in re.findall(r"\d+", row["labels"])} <= FRIENDLY
    )
    for number, text in enumerate(chosen):
        if number % REDDIT_STEP == 0:
            yield Comment(text, REDDIT, labels_of(benign))


def _talk(data: Path) -> Iterator[Comment]:
    """Yield talk page comments as they come; those judged as replies only where benign."""
    for source in (TALK, REPLIES):
        for number, row in enumerate(rows(data, source, ("text", "label"))):
            if row["label"] and source == TALK:
                yield Comment(row["text"], source, labels_of({"toxicity": 0.9}))
            elif not row["label"] and number % TALK_STEP == 0:
                yield Comment(row["text"], source, labels_of(dict.fromkeys(LABELS, 0.0)))
