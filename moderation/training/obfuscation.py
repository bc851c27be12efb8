"""Disguises words as people do: digits for letters, dots, spaces, stars, slips of the pen.

It is used on kind and unkind comments alike, so that a disguise by itself is a sign of nothing.
Labels stay as they are: a reader still sees the word. Nothing here reads files.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection

#: Shortest word worth a disguise, and the share of a text's other words that get one too.
SHORTEST, OTHERS = 4, 0.15
#: Share of a text's offensive words that are disguised.
OFFENSIVE = 0.9
#: Share of texts with one disguise throughout, as one person has one habit.
ONE_HABIT = 0.5

_LEET = {
    "a": "4@", "b": "8", "e": "3", "g": "9", "i": "1!", "l": "1|", "o": "0", "s": "5$", "t": "7+",
    "u": "v", "z": "2",
}  # fmt: skip
_LOOKALIKE = {
    "a": "\u0430\u0251áä", "c": "\u0441ç", "e": "\u0435éë", "i": "\u0456íï", "n": "ñ",
    "o": "\u043eóö", "p": "\u0440", "s": "\u0455", "u": "\u03c5úü", "x": "\u0445", "y": "\u0443",
}  # fmt: skip
_SOUND = (
    ("ck", "k"), ("c", "k"), ("er", "a"), ("ing", "in"), ("ph", "f"), ("f", "ph"), ("i", "y"),
    ("y", "i"), ("oo", "u"), ("u", "oo"), ("s", "z"), ("th", "d"), ("ee", "ea"), ("or", "ur"),
    ("igh", "y"), ("x", "ks"), ("k", "kk"), ("g", "gg"), ("qu", "kw"), ("a", "ah"),
)  # fmt: skip
_INVISIBLE = "\u200b\u200c\u200d\u2060\u00ad"
_PICTURES = "🔥😂💩🤡🙃💀❤⭐"
_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")

Rng = random.Random


def obfuscated(text: str, rng: Rng, offensive: Collection[str] = frozenset()) -> str:
    """Return the text with some words disguised, those of `offensive` (lower-case) first."""
    habit = rng.choice(HABITS) if rng.random() < ONE_HABIT else None

    def disguise(word: re.Match[str]) -> str:
        if len(word[0]) < SHORTEST:
            return word[0]
        share = OFFENSIVE if word[0].lower() in offensive else OTHERS
        return (habit or rng.choice(HABITS))(word[0], rng) if rng.random() < share else word[0]

    return _WORD.sub(disguise, text)


def _swap_letters(word: str, rng: Rng, table: dict[str, str], most: int) -> str:
    places = [place for place, letter in enumerate(word) if letter.lower() in table]
    letters = list(word)
    for place in rng.sample(places, min(len(places), rng.randint(1, most))):
        letters[place] = rng.choice(table[word[place].lower()])
    return "".join(letters)


def _leet(word: str, rng: Rng) -> str:
    return _swap_letters(word, rng, _LEET, 3)


def _lookalike(word: str, rng: Rng) -> str:
    return _swap_letters(word, rng, _LOOKALIKE, 4)


def _sounded(word: str, rng: Rng) -> str:
    """Spell a part of the word as it sounds."""
    fitting = [pair for pair in _SOUND if pair[0] in word.lower()]
    if not fitting:
        return _repeated(word, rng)
    old, new = rng.choice(fitting)
    return re.sub(old, new, word, count=1, flags=re.IGNORECASE)


def _masked(word: str, rng: Rng) -> str:
    """Put a sign for one or more inner letters, vowels first."""
    sign = rng.choice("***#@-_.%")
    inner = range(1, len(word) - 1)
    vowels = [place for place in inner if word[place].lower() in "aeiou"]
    letters = list(word)
    for place in rng.sample(vowels or list(inner), min(len(vowels) or 1, rng.randint(1, 2))):
        letters[place] = sign
    return "".join(letters)


def _spread(word: str, rng: Rng) -> str:
    return rng.choice((" ", ".", "-", "_", "*", ". ", " - ")).join(word)


def _split(word: str, rng: Rng) -> str:
    """Break the word once."""
    place = rng.randint(1, len(word) - 1)
    sign = rng.choice((" ", " ", ".", "-", "_", "*", "'", rng.choice(_PICTURES)))
    return word[:place] + sign + word[place:]


def _unseen(word: str, rng: Rng) -> str:
    place = rng.randint(1, len(word) - 1)
    return word[:place] + rng.choice(_INVISIBLE) + word[place:]


def _repeated(word: str, rng: Rng) -> str:
    place = rng.randrange(len(word))
    return word[:place] + word[place] * rng.randint(2, 5) + word[place + 1 :]


def _swapped(word: str, rng: Rng) -> str:
    place = rng.randint(0, len(word) - 2)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _dropped(word: str, rng: Rng) -> str:
    place = rng.randint(1, len(word) - 1)
    return word[:place] + word[place + 1 :]


def _added(word: str, rng: Rng) -> str:
    place = rng.randint(1, len(word) - 1)
    return word[:place] + rng.choice("abcdefghijklmnopqrstuvwxyz") + word[place:]


def _cased(word: str, rng: Rng) -> str:
    return "".join(rng.choice((letter.upper(), letter.lower())) for letter in word)


#: Those that people use most stand more than once.
HABITS: tuple[Callable[[str, Rng], str], ...] = (
    _leet, _leet, _leet, _lookalike, _sounded, _sounded, _sounded, _masked, _masked, _spread,
    _spread, _split, _split, _unseen, _repeated, _repeated, _swapped, _dropped, _dropped, _added,
    _cased,
)  # fmt: skip
