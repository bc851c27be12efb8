"""Disguises: what is in a text that hides a word from machines and leaves it to readers.

Only tricks that ordinary writing has no use for. Each is looked for where it can hide something,
inside words of scripts that need no invisible characters; emoji, joiners of Persian and Indic
scripts, soft hyphens and Japanese full-width letters are none. Linear in time for any `str`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from moderation.domain.lookalikes import LATIN, OTHER, mixed_words

#: Zero-width, direction, variation and tag characters, fillers, controls. No soft hyphen: that is
#: where a browser may break a line.
_UNSEEN = (
    r"\x00-\x08\x0e-\x1b\x7f"
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
_LETTER = f"{LATIN}{OTHER}\u0300-\u036f"
#: Full-width letters are ordinary ones in Chinese, Japanese and Korean.
_FULLWIDTH = "\uff21-\uff3a\uff41-\uff5a"
#: Mathematical, circled, parenthesised and squared letters.
_ORNATE = (
    "\u2102\u210a-\u2113\u2115\u2119-\u211d\u2124\u2128\u212c\u212d\u212f-\u2131\u2133\u2134"
    "\u249c-\u24e9\U0001d400-\U0001d7cb\U0001f110-\U0001f149\U0001f150-\U0001f169"
    "\U0001f170-\U0001f189"
)

#: Accents and other signs over, under and through any letter. Writing has up to three on one.
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PILED = re.compile(f"[{_MARKS}]{{5,}}")

_SUSPICIOUS = re.compile(f"[{_UNSEEN}{OTHER}{_FULLWIDTH}{_ORNATE}]|{_PILED.pattern}")
_SUSPICIOUS_ASCII = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
_HIDDEN = re.compile(
    f"(?<=[{_LETTER}])\u00ad*[{_UNSEEN}][{_UNSEEN}\u00ad]*(?=[{LATIN}{OTHER}])"
    # Right-to-left override: what follows is read backwards.
    f"|\u202e(?=[^\\w\\n]{{0,8}}[{LATIN}{OTHER}])"
)
#: Three and more, each perhaps with a sign to show it as text or emoji: a word, not a symbol.
_STYLED = re.compile(f"(?:[{_FULLWIDTH}{_ORNATE}][\ufe0e\ufe0f]?){{3,}}")
_STYLED_AMONG_CJK = re.compile(f"(?:[{_ORNATE}][\ufe0e\ufe0f]?){{3,}}")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uff66-\uff9d]")


@dataclass(frozen=True, slots=True)
class Disguise:
    """One kind of disguise: where it is first, in code points, and how often."""

    kind: str
    first: tuple[int, int]
    count: int


def disguises(text: str) -> Iterator[Disguise]:
    """Yield each kind of disguise that a text has."""
    suspicious = _SUSPICIOUS_ASCII if text.isascii() else _SUSPICIOUS
    if not suspicious.search(text):
        return
    styled = _STYLED_AMONG_CJK if _CJK.search(text) else _STYLED
    kinds = {
        "invisible characters": [match.span() for match in _HIDDEN.finditer(text)],
        "letters of two scripts": mixed_words(text),
        "piled accents": [match.span() for match in _PILED.finditer(text)],
        "styled letters": [match.span() for match in styled.finditer(text)],
    }
    for kind, spans in kinds.items():
        if spans:
            yield Disguise(kind, spans[0], len(spans))
