"""A comment's text as it is shown: every code point of it, and nothing that it could do.

The one way from a text into a page. It is escaped; what raised the score is marked; characters that
nobody would see, and those that turn the direction of others, stand in a box of their own, named by
the style sheet, isolated from the rest. A reader who copies the text copies what was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

_NONCHARACTERS = "".join(
    chr(plane + last) for plane in range(0, 17 << 16, 1 << 16) for last in (0xFFFE, 0xFFFF)
)
#: The flags of England, Scotland and Wales are a black flag and tags.
_FLAG = "\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f"
#: Characters without a shape: controls, formats, fillers, variation selectors, tags, halves of
#: pairs and noncharacters. Line feeds and tabs do what they are for.
_UNSEEN = re.compile(
    f"(?:{_FLAG})|([\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U00013430-\U00013438\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    f"{_NONCHARACTERS}])"
)
#: Scripts whose letters change their shape by joiners, from Arabic to Mongolian.
_JOINING = re.compile("[\u0600-\u0e7f\u1000-\u109f\u1780-\u18af]")
_NAMES = {
    "\r": "CR", "\u00ad": "SHY", "\u034f": "CGJ", "\u061c": "ALM",
    "\u200b": "ZWSP", "\u200c": "ZWNJ", "\u200d": "ZWJ", "\u200e": "LRM", "\u200f": "RLM",
    "\u2028": "LS", "\u2029": "PS", "\u202a": "LRE", "\u202b": "RLE", "\u202c": "PDF",
    "\u202d": "LRO", "\u202e": "RLO", "\u2060": "WJ", "\u2066": "LRI", "\u2067": "RLI",
    "\u2068": "FSI", "\u2069": "PDI", "\ufeff": "BOM",
}  # fmt: skip
#: What HTML has no way to say: the parser puts the same sign in its place.
_UNSAYABLE = re.compile("[\x00\ud800-\udfff]")
#: Many empty lines, less the ends of the lines around them, as HTML has them.
_EMPTY_LINES = re.compile(r"(?:\A|(?<=\n))(?:(?:&#13;)?\n){2,}(?=(?:&#13;)?\n)")
_SHORTEST_MARK = 0.3
_MOST_MARKS = 12


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a text. `name`: of the character that it repeats, where that one has no shape."""

    text: str
    marked: bool
    name: str | None = None


def segments(text: str, marks: Iterable[tuple[int, int]] = ()) -> list[Segment]:
    """Return a text in parts, in order; joined they are the text. Linear in time for any `str`.

    `marks`: places in code points, ends exclusive; they may overlap or reach too far.
    """
    found = []
    for start, end, marked in _stretches(len(text), marks):
        at = start
        for first, last in _unseen_runs(text, start, end):
            if at < first:
                found.append(Segment(text[at:first], marked))
            found.append(Segment(text[first:last], marked, _name(text[first], last - first)))
            at = last
        if at < end:
            found.append(Segment(text[at:end], marked))
    return found


def rendered(text: str, marks: Iterable[tuple[int, int]] = ()) -> Markup:
    """Return a text as HTML for the inside of an element that isolates its direction."""
    said = "".join(map(_html, segments(text, marks)))
    return Markup(_EMPTY_LINES.sub(_in_one_line, said))  # noqa: S704 - `_html` escapes


def plain(text: str) -> str:
    """Return a name or a title without the characters that have no shape, for one line."""
    return "".join(part.text for part in segments(text) if part.name is None)


def marks_of(explanation: Mapping[str, Any], held_for: Collection[str]) -> list[tuple[int, int]]:
    """Return the places of the words that raised the scores most, from an explanation.

    Of the labels that held the comment, where there are any, else of the worst one.
    """
    labels = [one for one in explanation["labels"] if one["words"]]
    chosen = [one for one in labels if one["label"] in held_for] or labels[:1]
    found: dict[tuple[int, int], float] = {}
    for label in chosen:
        floor = max(_SHORTEST_MARK, _SHORTEST_MARK * label["words"][0]["weight"])
        for word in label["words"]:
            place = (word["start"], word["end"])
            if word["weight"] >= floor:
                found[place] = max(word["weight"], found.get(place, 0.0))
    return sorted(sorted(found, key=lambda place: -found[place])[:_MOST_MARKS])


def _html(segment: Segment) -> str:
    # A carriage return is said by its number: the parser takes a plain one for a line feed.
    said = str(escape(_UNSAYABLE.sub("\ufffd", segment.text))).replace("\r", "&#13;")
    if segment.name:
        said = f'<bdi class="unseen" data-name="{segment.name}">{said}</bdi>'
    return f"<mark>{said}</mark>" if segment.marked else said


def _in_one_line(lines: re.Match[str]) -> str:
    """Return empty lines, all of them, as one that says how many they are."""
    count = lines[0].count("\n") + 1
    return f'<span class="empty" data-count="{count}">{lines[0]}</span>'


def _stretches(length: int, marks: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, bool]]:
    """Yield the stretches between and under marks, in order, those that overlap as one."""
    at = 0
    for begin, close in sorted(marks):
        start, end = max(begin, at), min(close, length)
        if start >= end:
            continue
        if at < start:
            yield at, start, False
        yield start, end, True
        at = end
    if at < length:
        yield at, length, False


def _unseen_runs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where one character without a shape stands, repeated or not."""
    first = last = -1
    for match in _UNSEEN.finditer(text, start, end):
        at = match.start()
        if not match[1] or _is_at_home(text, at):
            continue
        if at == last and text[at] == text[first]:
            last += 1
            continue
        if first >= 0:
            yield first, last
        first, last = at, at + 1
    if first >= 0:
        yield first, last


def _is_at_home(text: str, at: int) -> bool:
    """Return whether a character without a shape does its ordinary work where it stands."""
    char, before, after = text[at], text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if char == "\r":
        return after == "\n"
    if not before:
        return False
    if char in "\ufe0e\ufe0f":  # as a picture, or as a plain sign; a key cap's digit too
        return unicodedata.category(before)[0] in "SP" or after == "\u20e3"
    if char in "\u200c\u200d":
        in_word = bool(_JOINING.match(before) and _JOINING.match(after))
        return in_word or (char == "\u200d" and _is_picture(before) and _is_picture(after))
    if char in "\u180b\u180c\u180d\u180f":
        return "\u1800" <= before <= "\u18af"
    return "\U000e0100" <= char <= "\U000e01ef" and unicodedata.category(before) == "Lo"


def _is_picture(char: str) -> bool:
    return char == "\ufe0f" or (bool(char) and unicodedata.category(char) in {"So", "Sk"})


def _name(char: str, count: int) -> str:
    name = _NAMES.get(char) or f"U+{ord(char):04X}"
    return f"{name} x{count}" if count > 1 else name
