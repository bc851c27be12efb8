"""Generated comments whose lengths are spread as those of real ones. The content is mild."""

from __future__ import annotations

import hashlib
import math
import random

import numpy as np

from tests.acceptance.driver.texts import Comment

#: The words of 14,000 natural comments of a public set (Wikipedia's talk pages, Jigsaw 2018): which
#: share of them has at most how many. Between two of them the logarithm rises evenly. A comment's
#: limit, 20,480 letters, is further away than the last.
SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 1.0)
MOST_WORDS = (2, 8, 17, 36, 76, 150, 229, 424, 631, 900)
#: The share with marks beyond ASCII that make a second reading, normalised, differ from the first.
_SECOND_READING = 0.07
#: How many words in a hundred are rarer ones, so that a word is as many tokens (1.37) as there.
_RARER = 7

_VOCABULARY = """
the the the the a a an and and and of of to to to in in is is it it that that you you I I was for
with on as are be this this not have but or at by from they we he she my your their would could
should will can if so no yes all one two what when who which there here about out up more very just
than then now only also into over after before again people time year day way thing man woman child
city street house school work money news article author reader editor photograph history science
bridge train bicycle garden weather summer winter music book team game season question answer reason
idea point fact opinion truth nonsense mistake problem government council mayor election tax budget
good bad great silly stupid wrong right lovely boring useless honest careful old new small large
think know see say said read write believe remember forget agree disagree hope understand explain
pay build repair change open close lose win start stop help need want like love hate ask tell call
"""
_RARE = """
Wikipedian unencyclopedic 1987-2004 http://example.org/wiki/Talk:Bridges misspeled (UTC)
[[User_talk]] anti-inflationary Ljubljana's Thessaloniki neighbourhoods' reinterpretation
counterintuitive cyclotron
"""
_WORDS, _RARE_WORDS = tuple(_VOCABULARY.split()), tuple(_RARE.split())
_QUOTED = ("\u201cna\u00efve\u201d", "caf\u00e9\u2026", "\u201cfa\u00e7ade\u201d")
_ENDS = (". ", ". ", ". ", ", ", ", ", "! ", "? ", "... ")


def comments(count: int, seed: int, prefix: str = "bench") -> list[Comment]:
    """Return `count` comments with external ids `PREFIX-1` …; the same ones for the same seed."""
    draw = random.Random(seed)
    texts = [_text(draw) for _ in range(count)]
    return [
        Comment(f"{prefix}-{number}", text, hashlib.sha256(text.encode()).hexdigest())
        for number, text in enumerate(texts, 1)
    ]


def _text(draw: random.Random) -> str:
    left = _length(draw)
    marked = draw.randrange(left) if draw.random() < _SECOND_READING else None
    parts: list[str] = []
    while left > 0:
        clause = [_word(draw) for _ in range(min(left, draw.randint(3, 14)))]
        left -= len(clause)
        if marked is not None and left <= marked:
            clause[0], marked = draw.choice(_QUOTED), None
        joined = " ".join(clause)
        parts += [joined[0].upper() + joined[1:], draw.choice(_ENDS)]
    return "".join(parts).strip()


def _word(draw: random.Random) -> str:
    return draw.choice(_RARE_WORDS if draw.randrange(100) < _RARER else _WORDS)


def _length(draw: random.Random) -> int:
    return round(math.exp(np.interp(draw.random(), SHARES, np.log(MOST_WORDS))))
