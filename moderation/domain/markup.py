"""The text that HTML shows, and where each part of it stands in the source.

Tags, comments and raw text end here where they end for a browser (HTML Living Standard,
tokenization): what a browser shows and this view lacks would be read by people and by no model.
Where that hangs on the tree that a browser builds, the rest of the source is text. No sanitizer:
what comes out is read, never rendered. Linear in time for any `str`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from moderation.domain.text import View

_S = r" \t\n\f\r"  # HTML's own white space: a no-break space is a part of a name
_MARKUP = re.compile(r"[<&]")
_TAG_START = re.compile(r"</?[a-zA-Z]")
#: A tag up to its `>`, which a quoted value may hold; a value's quotes stand right behind its `=`
#: and nowhere else. Possessive, so linear. A quote that is never closed is a part of a name: a
#: browser shows nothing of what follows it.
_TAG = re.compile(
    rf"</?([a-zA-Z][^{_S}/>]*+)"
    rf"(?:[{_S}/]++"
    rf"|[^{_S}/>][^{_S}/>=]*+"
    rf"(?:[{_S}]*+=[{_S}]*+(?:\"[^\"]*+\"|'[^']*+'|[^{_S}>\"'][^{_S}>]*+)?+)?+"
    r")*+>"
)
_EMPTY_COMMENT = re.compile(r"<!---?>")
_COMMENT_END = re.compile(r"--!?>")
_DECLARATION = re.compile(r"<(?:[!?]|/[^a-zA-Z])")
_DECLARATION_END = re.compile(r">")
_ENTITY = re.compile(r"&(?:#[0-9]++|#[xX][0-9a-fA-F]++|[a-zA-Z][a-zA-Z0-9]{1,31});?")

#: Elements whose content is no markup, up to their own end tag; of two nothing is shown.
_HIDDEN = frozenset({"script", "style"})
_RAW_END = {
    name: re.compile(rf"</{name}(?=[{_S}/>])", re.IGNORECASE | re.ASCII)
    for name in (*_HIDDEN, "iframe", "noembed", "noframes", "textarea", "title", "xmp")
}
#: No markup follows `plaintext`; whether any follows `noscript` is the browser's setting.
_RAW_TO_THE_END = frozenset({"plaintext", "noscript"})
#: Inside of these the raw elements may be ordinary ones, and text may stand in CDATA.
_UNLIKE = frozenset({"svg", "math", "select", "frameset"})
#: Elements that start on a line of their own (HTML Living Standard, rendering, flow content).
_BLOCKS = re.compile(
    "address|article|aside|blockquote|body|br|caption|center|dd|details|dialog|div|dl|dt|fieldset|"
    "figcaption|figure|footer|form|h[1-6]|header|hr|legend|li|main|nav|ol|p|pre|section|summary|"
    "table|tbody|td|tfoot|th|thead|tr|ul"
)
_LINK_ATTRIBUTE = re.compile(rf"(?<=[{_S}/\"'])(?:href|src)[{_S}]*+=", re.IGNORECASE | re.ASCII)


def link_attributes(source: str) -> int:
    """Return how many `href` and `src` attributes HTML has, links without a text included."""
    return sum(1 for _ in _LINK_ATTRIBUTE.finditer(source))


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
        self._ends: list[int] = []
        self._break_at: int | None = None  # a block began here; no new line until text follows
        self._raw_until = 0  # before this place a `<` is text
        self._unlike = False  # an element of _UNLIKE was opened; that it was closed is never sure
        self._unclosed: set[re.Pattern[str]] = set()  # found nowhere ahead: not searched again

    def view(self) -> View:
        source, at = self._source, 0
        while found := _MARKUP.search(source, at):
            start = found.start()
            self._copy(at, start)
            at = self._entity(start) if source[start] == "&" else self._less_than(start)
        self._copy(at, len(source))
        self._origins.append(len(source))
        return View("".join(self._parts), self._origins, self._ends)

    def _copy(self, start: int, end: int) -> None:
        if start < end:
            self._emit(self._source[start:end], range(start, end), range(start + 1, end + 1))

    def _emit(self, text: str, origins: Sequence[int], ends: Sequence[int]) -> None:
        if self._break_at is not None and self._parts and not self._parts[-1].endswith("\n"):
            self._parts.append("\n")
            self._origins.append(self._break_at)
            self._ends.append(self._break_at)
        self._break_at = None
        self._parts.append(text)
        self._origins.extend(origins)
        self._ends.extend(ends)

    def _entity(self, start: int) -> int:
        match = _ENTITY.match(self._source, start)
        if match is None:
            self._copy(start, start + 1)
            return start + 1
        if decoded := _decoded(match.group()):
            self._emit(decoded, [start] * len(decoded), [match.end()] * len(decoded))
        return match.end()

    def _less_than(self, start: int) -> int:
        """Step over the tag, comment or declaration at `start`; a bare `<` is text."""
        end = None if start < self._raw_until else self._markup(start)
        if end is None:
            self._copy(start, start + 1)
            return start + 1
        return end

    def _markup(self, start: int) -> int | None:
        source = self._source
        if _TAG_START.match(source, start):
            return self._tag(start)
        if empty := _EMPTY_COMMENT.match(source, start):
            return empty.end()
        if source.startswith("<!--", start):
            return self._after(_COMMENT_END, start + 4)
        if self._unlike and source.startswith("<![CDATA[", start):
            self._raw_until = len(source)
            return None
        if _DECLARATION.match(source, start):
            return self._after(_DECLARATION_END, start + 2)
        return None

    def _after(self, closer: re.Pattern[str], start: int) -> int | None:
        match = None if closer in self._unclosed else closer.search(self._source, start)
        if match is None:
            self._unclosed.add(closer)
            return None
        return match.end()

    def _tag(self, start: int) -> int | None:
        match = None if _TAG in self._unclosed else _TAG.match(self._source, start)
        if match is None:
            self._unclosed.add(_TAG)
            return None
        name = match[1].lower()
        if _BLOCKS.fullmatch(name) and self._break_at is None:
            self._break_at = start
        if self._source[start + 1] == "/":
            return match.end()
        self._unlike = self._unlike or name in _UNLIKE
        return self._content(name, match.end())

    def _content(self, name: str, start: int) -> int:
        """Return where to read on behind the start tag of `name`, which ends at `start`."""
        source = self._source
        if name not in _RAW_END and name not in _RAW_TO_THE_END:
            return start
        known = name in _RAW_END and not self._unlike
        closer = _RAW_END[name].search(source, start) if known else None
        # A comment in a script may hide the script's end (script data double escaped state).
        if closer is None or (name == "script" and "<!--" in source[start : closer.start()]):
            self._raw_until = len(source)
            return start
        self._raw_until = closer.start()
        return closer.start() if name in _HIDDEN else start


def _decoded(entity: str) -> str:
    """Return what an entity stands for; a number too long for `html.unescape` is cut."""
    number = re.match(r"&#([xX]?)0*+([0-9a-fA-F]{0,8})", entity)
    if number is None:
        return html.unescape(entity)
    return html.unescape(f"&#{number[1]}{number[2] or '0'};")
