"""The ways in which people write a word so that a filter does not read it.

Each takes one word and a seeded generator and returns it so that a reader still understands it.
Written for measuring only: nothing here is shared with what training does to its texts. Pure.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection

Disguise = Callable[[str, random.Random], str]

_LEET = str.maketrans(
    {"a": "@", "e": "3", "i": "1", "o": "0", "s": "$", "t": "7", "b": "8", "g": "9"}
)
#: Cyrillic letters with the shape of Latin ones.
_LOOK_ALIKE = str.maketrans(
    "aeopcxyijsAEOPCXHKMTB",
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0458\u0455"
    "\u0410\u0415\u041e\u0420\u0421\u0425\u041d\u041a\u041c\u0422\u0412",
)
_VOWELS = "aeiouAEIOU"
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
#: Where a text has no listed word, each of its longer words is disguised with this chance.
CHANCE = 1 / 3
LONG_ENOUGH = 4
ZERO_WIDTH = "\u200b"
FULLWIDTH = 0xFEE0


def _inner(word: str, rng: random.Random) -> int:
    """Return the index of a letter that is neither first nor last."""
    return rng.randrange(1, max(2, len(word) - 1))


def leet(word: str, _: random.Random) -> str:
    """Return digits and signs for the letters that have one."""
    return word.lower().translate(_LEET)


def dotted(word: str, _: random.Random) -> str:
    """Return the letters with dots between them."""
    return ".".join(word)


def spaced(word: str, _: random.Random) -> str:
    """Return the letters with spaces between them."""
    return " ".join(word)


def broken(word: str, rng: random.Random) -> str:
    """Return the word in two, with a space or a hyphen."""
    at = _inner(word, rng)
    return word[:at] + rng.choice(" -") + word[at:]


def starred(word: str, rng: random.Random) -> str:
    """Return the word with its first inner vowel, else an inner letter, as an asterisk."""
    inner = [index for index in range(1, len(word) - 1) if word[index] in _VOWELS]
    at = inner[0] if inner else _inner(word, rng)
    return word[:at] + "*" + word[at + 1 :]


def repeated(word: str, rng: random.Random) -> str:
    """Return the word with one letter drawn out."""
    at = _inner(word, rng)
    return word[:at] + word[at : at + 1] * rng.randint(3, 6) + word[at + 1 :]


def swapped(word: str, rng: random.Random) -> str:
    """Return the word with two neighbours exchanged."""
    at = _inner(word, rng)
    return word[:at] + word[at : at + 2][::-1] + word[at + 2 :]


def dropped(word: str, rng: random.Random) -> str:
    """Return the word without one inner letter, a vowel if it has one."""
    inner = [index for index in range(1, len(word) - 1) if word[index] in _VOWELS]
    at = rng.choice(inner) if inner else _inner(word, rng)
    return word[:at] + word[at + 1 :]


def cased(word: str, _: random.Random) -> str:
    """Return the letters in upper and lower case by turns."""
    return "".join(c.upper() if index % 2 else c.lower() for index, c in enumerate(word))


def look_alike(word: str, _: random.Random) -> str:
    """Return Cyrillic letters for Latin ones of the same shape."""
    return word.translate(_LOOK_ALIKE)


def fullwidth(word: str, _: random.Random) -> str:
    """Return the ASCII letters in their wide form."""
    return "".join(chr(ord(c) + FULLWIDTH) if "!" <= c <= "~" else c for c in word)


def invisible(word: str, _: random.Random) -> str:
    """Return the letters with zero-width spaces between them."""
    return ZERO_WIDTH.join(word)


#: What people type by hand; the others need a tool.
BY_HAND: dict[str, Disguise] = {
    "digits and signs": leet,
    "dots between letters": dotted,
    "spaces between letters": spaced,
    "broken in two": broken,
    "asterisk for a letter": starred,
    "letter drawn out": repeated,
    "letters swapped": swapped,
    "letter left out": dropped,
}
DISGUISES = BY_HAND | {
    "mixed case": cased,
    "Cyrillic look-alikes": look_alike,
    "fullwidth letters": fullwidth,
    "zero-width spaces": invisible,
}


def mixed(word: str, rng: random.Random) -> str:
    """Return the word in one of the ways that people type by hand, drawn for this word."""
    return rng.choice(list(BY_HAND.values()))(word, rng)


def disguised(text: str, how: Disguise, offensive: Collection[str], seed: int) -> str:
    """Return the text with its offensive words (lower case) disguised.

    A text without any has a third of its longer words disguised instead: its sting is elsewhere.
    """
    rng = random.Random(seed)  # noqa: S311 - a repeatable choice, no secret
    listed = any(word.lower() in offensive for word in _WORD.findall(text))

    def one(match: re.Match[str]) -> str:
        word = match[0]
        if listed:
            chosen = word.lower() in offensive
        else:
            chosen = len(word) >= LONG_ENOUGH and rng.random() < CHANCE
        return how(word, rng) if chosen else word

    return _WORD.sub(one, text)
