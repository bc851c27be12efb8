"""Where the sentences and words of a text stand, so that they can be scored and marked.

Spans are code points, end exclusive, and never part a character from its accents. Sentences are
told by their end marks and line breaks alone: a list of abbreviations would have to be kept for
each language, and a sentence that is cut too early only gives its words less company. Every
function is total for any `str` and takes linear time.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

#: A piece that is scored by itself is about a line: a word weighs little in a long one, and each
#: word that is left out of it costs a reading of the rest.
_PIECE_WORDS, _PIECE_LENGTH = 25, 250
#: Longer than any word of a language with spaces; a run of others is cut into such parts.
_WORD_LENGTH = 64
#: More sentences than an honest comment of the greatest length has.
_MANY = 256
#: Possessive, and each run of marks is tried from its beginning only, so linear.
_SENTENCE_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+(?=\s)"  # noqa: RUF001 - with what closes behind them
    r"|(?<=[a-z]{2})[.!?]++(?=[A-Z][a-z])"  # the space was forgotten
    r"|[。！？]++[」』）]*+"  # noqa: RUF001
    r"|[\n\r\u2028\u2029]++"
)
#: White space parts words, and so does what may stand between two of them without it.
_WORD = re.compile(r"(?:(?!\.\.|--)[^\s/,;…–—])++")  # noqa: RUF001
#: Accents, and what joins or colours emoji: parts of the character before them.
_JOINED = frozenset({"Mn", "Mc", "Me", "Cf"})
_FIRST_JOINED = "\xad"


class Span(NamedTuple):
    """A part of a text, in code points, end exclusive."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the part itself."""
        return text[self.start : self.end]

    def without(self, part: Span, text: str) -> str:
        """Return what this part of `text` is when `part` of it is left out."""
        return text[self.start : part.start] + text[part.end : self.end]


class Utf16:
    """The way from code points to UTF-16 code units, which is what browsers count in."""

    def __init__(self, text: str) -> None:
        self._wide = [at for at, char in enumerate(text) if char > "\uffff"]

    def offset(self, at: int) -> int:
        """Return the offset of the code point `at` in UTF-16 code units."""
        return at + bisect_left(self._wide, at)


def sentences(text: str) -> list[Span]:
    """Return the sentences, without the white space around them."""
    found, start = [], 0
    for match in _SENTENCE_END.finditer(text):
        if _is_joined(text, match.end()):
            continue
        found += _stripped(text, start, match.end())
        start = match.end()
    return found + _stripped(text, start, len(text))


def words(text: str, within: Span) -> list[Span]:
    """Return the words of a part, without the punctuation around them; an emoji is a word."""
    found = []
    for match in _WORD.finditer(text, within.start, within.end):
        start, last = match.span()
        while start < last:
            end = min(start + _WORD_LENGTH, last)
            while end < last and _is_joined(text, end):
                end += 1
            found += _trimmed(text, start, end)
            start = end
    return found


def pieces(text: str) -> list[Span]:
    """Return the parts to score by themselves, in order: sentences with a word in them.

    Long ones are cut, and neighbours put together where there would be hundreds of short ones.
    """
    cut = [part for sentence in sentences(text) for part in _cut(text, sentence)]
    return [part for part, _ in (cut if len(cut) <= _MANY else _together(cut))]


def _cut(text: str, sentence: Span) -> Iterator[tuple[Span, int]]:
    """Yield a sentence with its number of words, in parts of at most so many and so long."""
    start, end, count = sentence.start, sentence.start, 0
    for word in words(text, sentence):
        if count and (count == _PIECE_WORDS or word.end - start > _PIECE_LENGTH):
            yield Span(start, end), count
            start, count = word.start, 0
        end, count = word.end, count + 1
    if count:
        yield Span(start, sentence.end), count


def _together(parts: Sequence[tuple[Span, int]]) -> list[tuple[Span, int]]:
    found: list[tuple[Span, int]] = []
    for part, count in parts:
        last, before = found[-1] if found else (part, _PIECE_WORDS)
        if before + count <= _PIECE_WORDS and part.end - last.start <= _PIECE_LENGTH:
            found[-1] = Span(last.start, part.end), before + count
        else:
            found.append((part, count))
    return found


def _stripped(text: str, start: int, end: int) -> list[Span]:
    while start < end and (text[start].isspace() or _is_joined(text, start)):
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return [Span(start, end)] if start < end else []


def _trimmed(text: str, start: int, end: int) -> list[Span]:
    """Return the word between punctuation marks, whole characters only; none if it is only that."""
    while start < end and (_is_joined(text, start) or _is_punctuation(text[start])):
        start += 1
    if start < end and text[end - 1].isalnum():
        return [Span(start, end)]
    while (last := _base(text, start, end)) is not None and _is_punctuation(text[last]):
        end = last
    return [Span(start, end)] if start < end else []


def _base(text: str, start: int, end: int) -> int | None:
    """Return where the last character before `end` begins, its accents left aside."""
    return next((at for at in range(end - 1, start - 1, -1) if not _is_joined(text, at)), None)


def _is_joined(text: str, at: int) -> bool:
    """Return whether what stands at `at` belongs to the character before it."""
    return (
        at < len(text) and text[at] >= _FIRST_JOINED and unicodedata.category(text[at]) in _JOINED
    )


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char).startswith("P")
