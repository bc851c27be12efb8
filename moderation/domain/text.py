"""Views of a text: what is left of it without disguise, and where each part came from.

Offsets are code points throughout. Every function is total for any `str`, lone surrogates
included, takes linear time, and never changes the text that is stored or shown: a view is read by
models and rules beside the original, not instead of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

from moderation.domain.lookalikes import by_shape

#: Control characters other than white space; they break a word apart without being seen.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
_DROPPED = frozenset({"Cc", "Cf", "Mn", "Me"})
#: One character may become this many at most: a ligature of a whole sentence (U+FDFA: 18) is no
#: disguise of a word, and would let a short text become a long one.
_LONGEST = 4


@dataclass(frozen=True, slots=True)
class View:
    """A reading of a text.

    `origins` has one entry for each code point of `text`, the index in the original that it came
    from, and a closing one, the original's length. It never decreases. `ends` has one for each
    code point, where its part of the original ends; without it that is where the next one begins.
    """

    text: str
    origins: Sequence[int]
    ends: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the part of the original behind `text[start:end]`, end exclusive.

        What the view left out (accents, invisible characters) belongs to the character before it,
        save where `ends` says otherwise (tags).
        """
        first = self.origins[start]
        if end <= start:
            return first, first
        if self.ends is not None:
            return first, self.ends[end - 1]
        return first, max(self.origins[end], self.origins[end - 1] + 1)


def normalised(text: str) -> View:
    """Return the text with look-alikes as ASCII and without invisible characters.

    Letters of other scripts in Latin words by their shape (`lookalikes.py`); then each character
    by itself: NFKC, no format, combining or control characters, transliteration. A symbol or
    ideograph whose transliteration is a word (an emoji, Han) stays.
    """
    if text.isascii() and not _CONTROL.search(text):
        return View(text, range(len(text) + 1))
    parts: list[str] = []
    origins: list[int] = []
    for index, char in enumerate(by_shape(text)):
        plain = _plain(char)
        parts.append(plain)
        origins.extend([index] * len(plain))
    origins.append(len(text))
    return View("".join(parts), origins)


@lru_cache(maxsize=8192)
def _plain(char: str) -> str:
    """Return what one character reads as: '' if nothing, itself if transliterating says less."""
    folded = unicodedata.normalize("NFKC", char)
    plain = "".join(_transliterated(part) for part in folded)
    return plain if len(plain) <= _LONGEST else char


def _transliterated(char: str) -> str:
    category = unicodedata.category(char)
    if category in _DROPPED and not char.isspace():
        return ""
    latin = anyascii(char)
    if len(latin) > 1 and category in {"So", "Lo"}:
        return char
    return latin
