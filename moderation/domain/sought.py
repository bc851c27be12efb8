"""Words that somebody looks for, and where a text has them, as a reader would call them the same.

Case, accents, look-alikes, invisible characters and how much white space there is make no
difference (`domain/text.py`); of HTML, what it shows. Linear in the text's length.
"""

from __future__ import annotations

from moderation.domain.errors import InvalidError
from moderation.domain.text import View, normalised

#: Fewer characters than this, once those that nobody sees are gone, would be in nearly every text.
SHORTEST = 2
#: Places that are told of one text: whoever reads it needs no more to see why it was found.
MOST_PLACES = 100


class Sought:
    """What somebody looks for. Raises InvalidError if nothing much is left of it to be seen."""

    def __init__(self, words: str) -> None:
        self._words = _same(words)
        if len(self._words) < SHORTEST:
            raise InvalidError("a text to look for has at least two characters that can be seen")

    def is_in(self, shown: View) -> bool:
        """Return whether a text, as its readers see it, has the words."""
        return self._words in _same(shown.text)

    def places(self, shown: View) -> list[tuple[int, int]]:
        """Return where a text has them: places in the original, in order, ends exclusive."""
        if not self.is_in(shown):
            return []
        plain = normalised(shown.text)
        same = _with_origins(plain.text)
        found, at = list[tuple[int, int]](), same.text.find(self._words)
        while at >= 0 and len(found) < MOST_PLACES:
            end = at + len(self._words)
            found.append(shown.span(*plain.span(*same.span(at, end))))
            at = same.text.find(self._words, end)
        return found


def _same(text: str) -> str:
    """Return what texts have in common that read the same."""
    return " ".join(normalised(text).text.casefold().split())


def _with_origins(plain: str) -> View:
    """Return the same of a normalised text, with where each character came from."""
    parts, origins, was_space = list[str](), list[int](), False
    for at, char in enumerate(plain):
        is_space = char.isspace()
        folded = "" if is_space and was_space else " " if is_space else char.casefold()
        was_space = is_space
        parts.append(folded)
        origins += [at] * len(folded)
    return View("".join(parts), [*origins, len(plain)])
