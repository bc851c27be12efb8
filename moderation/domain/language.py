"""Languages: the codes that detectors, models and callers mean alike, and what counts as words.

Which language a text is in is told elsewhere (`scoring/language.py`).
"""

from __future__ import annotations

import re

_NO_WORDS = re.compile(r"(?:https?://|www\.)\S+|[@#]\w+", re.IGNORECASE)

#: BCP 47 subtags that stand for what detectors know by another code.
_SAME = {"nb": "no", "nn": "no", "iw": "he", "in": "id", "ji": "yi", "cmn": "zh", "yue": "zh"}


def language_code(tag: str) -> str:
    """Return the language of a BCP 47 tag as an ISO 639 code, region and script left out."""
    primary = tag.partition("-")[0].lower()
    return _SAME.get(primary, primary)


def words_of(text: str) -> str:
    """Return the text in one line, without what is of no language: addresses, mentions, tags."""
    return " ".join(_NO_WORDS.sub(" ", text).split())
