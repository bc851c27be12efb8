"""Views of a text: what is left of it without disguise or markup, and where each part came from.

Offsets are code points throughout. Every function is total for any `str`, lone surrogates
included, takes linear time, and never changes the text that is stored or shown: a view is read by
models and rules beside the original, not instead of it.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

#: Control characters other than white space; they break a word apart without being seen.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
_DROPPED = frozenset({"Cc", "Cf", "Mn", "Me"})
#: One character may become this many at most: a ligature of a whole sentence (U+FDFA: 18) is no
#: disguise of a word, and would let a short text become a long one.
_LONGEST = 4

_MARKUP = re.compile(r"[<&]")
_TAG_NAME = re.compile(r"</?[a-zA-Z]")
#: A start tag up to its `>`; an attribute's quoted value may hold one. Possessive, so linear.
_OPEN_TAG = re.compile(
    r"""<([a-zA-Z][^\s/>=]*+)[^>=]*+"""
    r"""(?:=\s*+(?:"[^"]*+"|'[^']*+')?+[^>=]*+)*+>"""
)
_CLOSE_TAG = re.compile(r"</([a-zA-Z][^\s/>]*+)[^>]*+>")
_ENTITY = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[a-zA-Z][a-zA-Z0-9]{1,31});?")
_UNSEEN = {
    "script": re.compile(r"</script[^>]*+>", re.IGNORECASE),
    "style": re.compile(r"</style[^>]*+>", re.IGNORECASE),
}
_COMMENT_END = re.compile(r"-->")
_DECLARATION_END = re.compile(r">")
#: Elements that start on a line of their own (HTML Living Standard, rendering, flow content).
_BLOCKS = re.compile(
    "address|article|aside|blockquote|body|br|caption|center|dd|details|dialog|div|dl|dt|fieldset|"
    "figcaption|figure|footer|form|h[1-6]|header|hr|legend|li|main|nav|ol|p|pre|section|summary|"
    "table|tbody|td|tfoot|th|thead|tr|ul"
)


@dataclass(frozen=True, slots=True)
class View:
    """A reading of a text.

    `origins` has one entry for each code point of `text`, the index in the original that it came
    from, and a closing one, the original's length. It never decreases.
    """

    text: str
    origins: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the part of the original behind `text[start:end]`, end exclusive.

        What the view left out (accents, invisible characters, tags) belongs to the character
        before it.
        """
        first = self.origins[start]
        if end <= start:
            return first, first
        return first, max(self.origins[end], self.origins[end - 1] + 1)


def normalised(text: str) -> View:
    """Return the text with look-alikes as ASCII and without invisible characters.

    Each character by itself: NFKC, then no format, combining or control characters, then
    transliteration. A symbol or ideograph whose transliteration is a word (an emoji, Han) stays.
    """
    if text.isascii() and not _CONTROL.search(text):
        return View(text, range(len(text) + 1))
    parts: list[str] = []
    origins: list[int] = []
    for index, char in enumerate(text):
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


def strip_html(source: str) -> View:
    """Return the text that HTML shows: no tags, comments, scripts or styles, entities decoded.

    A block element starts a new line. What is never closed stays as text, since it is better to
    score too much than to let a stray `<` hide the rest.
    """
    return _HtmlText(source).view()


class _HtmlText:
    """One pass over HTML. `html.parser` takes quadratic time on hostile input, or raises."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._parts: list[str] = []
        self._origins: list[int] = []
        self._break_at: int | None = None  # a block began here; no new line until text follows
        self._unclosed: set[re.Pattern[str]] = set()  # found nowhere ahead: not searched again

    def view(self) -> View:
        source, at = self._source, 0
        while found := _MARKUP.search(source, at):
            start = found.start()
            self._copy(at, start)
            at = self._entity(start) if source[start] == "&" else self._markup(start)
        self._copy(at, len(source))
        self._origins.append(len(source))
        return View("".join(self._parts), self._origins)

    def _copy(self, start: int, end: int) -> None:
        if start < end:
            self._emit(self._source[start:end], range(start, end))

    def _emit(self, text: str, origins: Sequence[int]) -> None:
        if self._break_at is not None and self._parts and not self._parts[-1].endswith("\n"):
            self._parts.append("\n")
            self._origins.append(self._break_at)
        self._break_at = None
        self._parts.append(text)
        self._origins.extend(origins)

    def _entity(self, start: int) -> int:
        match = _ENTITY.match(self._source, start)
        end = match.end() if match else start + 1
        decoded = html.unescape(self._source[start:end])
        if decoded:
            self._emit(decoded, [start] * len(decoded))
        return end

    def _markup(self, start: int) -> int:
        """Step over the tag, comment or declaration at `start`; a bare `<` is text."""
        source = self._source
        if source.startswith("<!--", start):
            end = self._after(_COMMENT_END, start + 2)
        elif source.startswith(("<!", "<?"), start):
            end = self._after(_DECLARATION_END, start)
        else:
            end = self._tag(start)
        if end is None:
            self._copy(start, start + 1)
            return start + 1
        return end

    def _tag(self, start: int) -> int | None:
        shape = _CLOSE_TAG if self._source.startswith("</", start) else _OPEN_TAG
        if shape in self._unclosed or not _TAG_NAME.match(self._source, start):
            return None
        match = shape.match(self._source, start)
        if match is None:
            self._unclosed.add(shape)
            return None
        name = match[1].lower()
        if _BLOCKS.fullmatch(name) and self._break_at is None:
            self._break_at = start
        unseen = _UNSEEN.get(name) if shape is _OPEN_TAG else None
        return (unseen and self._after(unseen, match.end())) or match.end()

    def _after(self, closer: re.Pattern[str], start: int) -> int | None:
        if closer in self._unclosed:
            return None
        match = closer.search(self._source, start)
        if match is None:
            self._unclosed.add(closer)
            return None
        return match.end()


def utf16_offset(text: str, index: int) -> int:
    """Return the UTF-16 code units before code point `index`, as JavaScript counts them."""
    return len(text[:index].encode("utf-16-le", "surrogatepass")) // 2
