"""Made-up comments that set abuse of people apart from mention of them.

Labelled comments name some groups mostly where they are abused, and a model learns the name. Here
each group is abused, praised, quoted and reported on equally often, in the same words, so that
what is said must decide. The grammar is `counterfactuals.toml`; slurs and swear words come from
the word list under DIR and stand in no file of this project. Nothing here reads labelled comments.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from moderation.training.datasets import Comment, labels_of

SOURCE = "made up"
WORD_LIST = "surge_profanity/profanity_en"

#: Words of the list that name a group of people in contempt, and from which severity (1 to 3).
SLUR_CATEGORIES = ("racial / ethnic slurs", "sexual orientation / gender")
SLUR_SEVERITY = 2.0

#: Families whose sentences the counter-speech quotes.
QUOTED = ("derogation", "dehumanising", "exclusion")

#: Shares of the sentences that get an opening or a closing phrase, which mean nothing, that are all
#: capitals, and that begin with one.
OPENED, CLOSED, SHOUTED, CAPITAL = 0.25, 0.2, 0.03, 0.8

_NONE: dict[str, Any] = {"templates": ()}
_SLOT = re.compile(r"\{(\w+)\}")
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Family:
    """Templates that mean the same: `about` names the list that the people come from."""

    name: str
    about: str
    share: int
    labels: Mapping[str, float]
    templates: tuple[str, ...]


@cache
def grammar(*, harder: bool = False) -> dict[str, Any]:
    """Return the parsed grammar: `words`, `groups`, `trades`, `families`, all or the plain half."""
    plain = _parsed("counterfactuals.toml")
    if not harder:
        return plain
    more = _parsed("counterfactuals_harder.toml")
    words = {
        name: [*plain["words"].get(name, ()), *more["words"].get(name, ())]
        for name in (
            *plain["words"],
            *(name for name in more["words"] if name not in plain["words"]),
        )
    }
    extra = {family["name"]: family for family in more["families"]}
    known = [
        {
            **family,
            "templates": [*family["templates"], *extra.pop(family["name"], _NONE)["templates"]],
        }
        for family in plain["families"]
    ]
    return {**plain, "words": words, "families": [*known, *extra.values()]}


def families(*, harder: bool = False) -> list[Family]:
    """Return the families of the grammar in their order there."""
    return [
        Family(**{**family, "templates": tuple(family["templates"])})
        for family in grammar(harder=harder)["families"]
    ]


def made_up(data: Path, count: int, *, seed: int, harder: bool = False) -> list[Comment]:
    """Return about `count` distinct comments, each family with its share of them.

    `harder` reads the second half of the grammar too. Raises FileNotFoundError when the word list
    is missing under `data`.
    """
    rng = random.Random(seed)  # noqa: S311 - wording, no secret
    words = {**grammar(harder=harder)["words"], **_strong_words(data)}
    chosen = families(harder=harder)
    total = sum(family.share for family in chosen)
    seen: dict[str, Comment] = {}
    for family in chosen:
        for text in _sentences(family, words, count * family.share // total, rng):
            seen.setdefault(text.casefold(), Comment(text, SOURCE, labels_of(dict(family.labels))))
    return list(seen.values())


def _parsed(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _sentences(
    family: Family, words: Mapping[str, list[str]], count: int, rng: random.Random
) -> Iterator[str]:
    """Yield sentences in which the people of the family take turns."""
    people = [person["names"] for person in grammar().get(family.about, [{"names": []}])]
    for number in range(count):
        slots = {**words, **_forms(people[number % len(people)])}
        yield _dressed(_filled(rng.choice(family.templates), slots, rng), words, rng)


def _forms(names: list[str]) -> dict[str, list[str]]:
    return {
        form: [name] for form, name in zip(("groups", "singular", "adjective"), names, strict=False)
    }


def _filled(template: str, slots: Mapping[str, list[str]], rng: random.Random) -> str:
    """Return the template with every slot filled, slots of slots too."""
    for _ in range(_DEEPEST):
        if not _SLOT.search(template):
            break
        template = _SLOT.sub(lambda slot: _word(slot[1], slots, rng), template)
    return template


def _word(name: str, slots: Mapping[str, list[str]], rng: random.Random) -> str:
    if name == "quote":
        quoted = [family for family in families() if family.name in QUOTED]
        return _filled(rng.choice(rng.choice(quoted).templates), slots, rng)
    if name.startswith("a_"):
        noun = rng.choice(slots[name.removeprefix("a_")])
        return f"{'an' if noun[0] in 'aeiouAEIOU' else 'a'} {noun}"
    return rng.choice(slots[name])


def _dressed(sentence: str, words: Mapping[str, list[str]], rng: random.Random) -> str:
    """Return the sentence as people type it: with a start, an end, a phrase around it."""
    if sentence[-1].isalnum():
        sentence += rng.choice((".", ".", ".", "!", "", "", "...", "!!"))
    if rng.random() < OPENED:
        sentence = f"{rng.choice(words['opener'])} {sentence}"
    if rng.random() < CLOSED:
        sentence = f"{sentence} {rng.choice(words['closer'])}"
    if rng.random() < SHOUTED:
        return sentence.upper()
    return sentence[0].upper() + sentence[1:] if rng.random() < CAPITAL else sentence


def _strong_words(data: Path) -> dict[str, list[str]]:
    """Return slurs, and the swear words that stand before a noun, from the word list."""
    columns = ["text", "category_1", "severity_rating"]
    rows = pq.read_table(data / f"{WORD_LIST}.parquet", columns=columns).to_pylist()
    severe = [row for row in rows if float(row["severity_rating"]) >= SLUR_SEVERITY]
    return {
        "slur": [row["text"] for row in severe if row["category_1"] in SLUR_CATEGORIES],
        "swear": [row["text"] for row in severe if row["text"].endswith("ing")],
    }
