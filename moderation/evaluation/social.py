"""Social media: tweets, posts with emoji, Reddit, and talk pages beyond Jigsaw's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from moderation.evaluation.chapter import Chapter, Table
from moderation.evaluation.contrast import contrast
from moderation.evaluation.judge import Judge
from moderation.evaluation.sets import HELD_OUT, MAYBE_SEEN, NEVER, Labelled, held_out, read

MOST = 1500
MOST_TWEETS = 6000
MOST_TALK = 2500
GOAL_SET = "tweets: offensive or hateful, against neither"
#: Davidson's classes, and the emotions of GoEmotions that may be toxic: anger, annoyance,
#: disapproval, disgust.
HATE, OFFENSIVE, NEITHER = 0, 1, 2
ANGRY = frozenset({"2", "3", "10", "11"})

_TEXT = """\
Tweets are Davidson's (2017), of the part that training sets aside; posts with emoji the validation
set of HatemojiBuild, talk pages CAT, of Reddit only comments without anger, annoyance, disapproval
or disgust (GoEmotions, development set), all of which should pass; sexist posts are EDOS, rewrites
ParaDetox's toxic sentences against their neutral rewriting, which keeps the topic. Sexism and hate
are not toxicity as Jigsaw's annotators saw it, so read those rows as how much of it is
noticed."""

Pairs = Iterator[tuple[str, bool]]


class SocialPosts:
    """The chapter on social media."""

    def __init__(self, data: Path, most: int) -> None:
        def some(pairs: Callable[[Path], Pairs], origin: str, at_most: int = MOST) -> Labelled:
            return Labelled.of(pairs(data), origin, min(most, at_most))

        self._sets = {
            GOAL_SET: some(_tweets, HELD_OUT, MOST_TWEETS),
            "tweets: hateful, against neither": some(_hateful_tweets, HELD_OUT),
            "posts with emoji: hateful or not": some(_emoji, NEVER),
            "talk pages: toxic or not": some(_talk, HELD_OUT, MOST_TALK),
            "Reddit: nobody angry": some(_reddit, NEVER),
            "posts: sexist or not": some(_sexist, MAYBE_SEEN),
            "rewrites: toxic or rewritten": some(_rewrites, MAYBE_SEEN),
        }

    def texts(self) -> list[str]:
        """Return all texts that are measured."""
        return [text for rows in self._sets.values() for text in rows.texts]

    def measure(self, judge: Judge) -> Chapter:
        """Return the chapter."""
        found = {name: contrast(rows, judge) for name, rows in self._sets.items()}
        goals = {"social_auc": found[GOAL_SET]["AUC toxicity"]}
        return Chapter(
            "social", "Social media", _TEXT, {"sets": Table("posts", found)}, goals=goals
        )


def _held(data: Path, source: str, text: str, *columns: str) -> list[dict[str, Any]]:
    return held_out(read(data, source, text, *columns), text)


def _tweets(data: Path) -> Pairs:
    for row in _held(data, "davidson_tweets/labeled_data", "tweet", "class"):
        yield str(row["tweet"]), row["class"] != NEITHER


def _hateful_tweets(data: Path) -> Pairs:
    for row in _held(data, "davidson_tweets/labeled_data", "tweet", "class"):
        if row["class"] != OFFENSIVE:
            yield str(row["tweet"]), row["class"] == HATE


def _emoji(data: Path) -> Pairs:
    for row in read(data, "hatemoji/hatemojibuild_validation", "text", "label_gold"):
        yield str(row["text"]), row["label_gold"] == 1


def _sexist(data: Path) -> Pairs:
    for row in _held(data, "edos_sexism/aggregated", "text", "label_sexist"):
        yield str(row["text"]), row["label_sexist"] == "sexist"


def _talk(data: Path) -> Pairs:
    for row in _held(data, "cat_wikipedia_context/cat_large_gn", "text", "label"):
        yield str(row["text"]), row["label"] == 1
    for row in read(data, "cat_wikipedia_context/cat_small", "text", "label_oc"):
        yield str(row["text"]), row["label_oc"] == 1


def _rewrites(data: Path) -> Pairs:
    for row in _held(data, "paradetox/paradetox", "toxic", "neutral1"):
        yield str(row["toxic"]), True
        if row["neutral1"]:
            yield str(row["neutral1"]), False


def _reddit(data: Path) -> Pairs:
    for row in read(data, "goemotions_reddit/dev", "text", "labels"):
        if not ANGRY & set(str(row["labels"]).split(",")):
            yield str(row["text"]), False
