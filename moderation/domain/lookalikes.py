"""Letters of other scripts that look like Latin ones, and words that are written with them.

Source of `LOOKALIKES`: Unicode Technical Standard #39, `confusables.txt`: the Cyrillic, Greek,
Armenian and Cherokee letters whose skeleton is one ASCII letter (a capital stays one). `SIMILAR`
is wider and our own: what people read as a Latin letter once its neighbours are Latin.
"""

from __future__ import annotations

import re
import unicodedata

# ruff: noqa: RUF001 - look-alike letters are what this file is about

_ALIKE = (
    # Cyrillic
    ("аАԁеЕһНіІӀӏјЈсСԌьЬВКМоОрРԛѕЅТѵѴѡԝԜхХуУүҮ", "aAdeEhHiIIljJcCGbbBKMoOpPqsSTvVwwWxXyYyY"),
    # Greek
    ("αΑΒϲϹΕΗιΙϳͿΚΜΝοΟρΡΤυνΧΥΖ", "aABcCEHiIjJKMNoOpPTuvXYZ"),
    # Armenian
    ("օՕհոսՍցզՏ", "oOhnuUgqS"),
    # Cherokee
    ("ᎪᏴᏟᎠᎬᏀᎻᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᎩᏃ", "ABCDEGHJKLMPRSTVWYZ"),
)
_SIMILAR = (
    ("вВкмнтпПиИйЙгзЗлдДшШщЩцёЁєЄяЯћђ", "bBkmhtnNuNuNreEnaAwWwWueEeERRhh"),
    ("βεηκμτχωθγςσΛΔΣΨ", "benkutxwoysoAAEW"),
)


def _table(*pairs: tuple[str, str]) -> dict[int, str]:
    """Return code point → ASCII letter, for the letters and for them with an accent."""
    plain = {ord(a): b for alike, latin in pairs for a, b in zip(alike, latin, strict=True)}
    accented = {
        code: plain[ord(base)]
        for code in (*range(0x370, 0x530), *range(0x1F00, 0x2000))
        if (base := unicodedata.normalize("NFD", chr(code))[0]) != chr(code) and ord(base) in plain
    }
    return accented | plain


LOOKALIKES = _table(*_ALIKE)
_BY_SHAPE = _table(*_SIMILAR, *_ALIKE)
#: Latin letters that a word in today's Cyrillic or Greek can be disguised with.
_LATIN_TWINS = frozenset("aceopvxyABCEHIKMNOPTXYZ")

#: What goes into a pattern's `[]`: letters of Latin script, and of scripts with look-alikes.
LATIN = "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
OTHER = "\u0370-\u03ff\u0400-\u052f\u0531-\u058f\u13a0-\u13fd\u1f00-\u1fff"
#: Marks and invisible characters that may stand within a word, none of them a letter or a digit.
WITHIN = (
    "\u00ad\u0300-\u036f\u0483-\u0489\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff"
)

_LATIN = re.compile(f"[{LATIN}]")
_OTHER = re.compile(f"[{OTHER}]")
_WORD = re.compile(rf"[^\W_](?:[{WITHIN}]*[^\W_])*")
#: A letter of each kind with nothing but marks and digits between: what any mixed word has.
_MEETING = re.compile(f"[{LATIN}][{WITHIN}0-9]*[{OTHER}]|[{OTHER}][{WITHIN}0-9]*[{LATIN}]")
#: A Latin word with an ending of another script, as in a Russian text about a product.
_INFLECTED = re.compile(f"[{LATIN}0-9]+[{OTHER}]{{1,3}}")
_SHORTEST = 3  # letters of a word that is worth a disguise; shorter ones are formulas and units


def by_shape(text: str) -> str:
    """Return the text, as long as before, with look-alikes in Latin words as the Latin letters.

    Words that mix scripts are read by shape; so are words of look-alikes alone where most letters
    around them are Latin. All other words stay: real Cyrillic or Greek is not read by shape.
    """
    others = len(_OTHER.findall(text))
    if not others:
        return text
    is_latin = len(_LATIN.findall(text)) > others
    if not is_latin and not _MEETING.search(text):
        return text

    def read(match: re.Match[str]) -> str:
        word = match.group()
        letters = _OTHER.findall(word)
        if not letters:
            return word
        if _LATIN.search(word) or (is_latin and _all_alike(letters)):
            return word.translate(_BY_SHAPE)
        return word

    return _WORD.sub(read, text)


def mixed_words(text: str) -> list[tuple[int, int]]:
    """Return the spans of words in which letters of one script stand for those of another."""
    if not _MEETING.search(text):
        return []
    is_foreign = any(ord(letter) not in LOOKALIKES for letter in _OTHER.findall(text))
    return [m.span() for m in _WORD.finditer(text) if _is_disguised(m.group(), is_foreign)]


def _is_disguised(word: str, is_foreign: bool) -> bool:
    """Return whether a word mixes scripts so that it reads as a word of one of them.

    `is_foreign`: the text has letters that only another script has, so it may inflect Latin names.
    """
    latin, others = _LATIN.findall(word), _OTHER.findall(word)
    if not latin or not others or len(latin) + len(others) < _SHORTEST:
        return False
    is_name = is_foreign and _INFLECTED.fullmatch(word) is not None
    if _all_alike(others):
        return not is_name
    if is_name and "".join(latin).isupper():
        return False
    # One letter is a slip of the keyboard layout; two spell something.
    return len(latin) > 1 and all(letter in _LATIN_TWINS for letter in latin)


def _all_alike(letters: list[str]) -> bool:
    return all(ord(letter) in LOOKALIKES for letter in letters)
