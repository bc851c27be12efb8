"""Generated comments whose lengths are spread as those of real ones. The content is mild."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Sequence

import numpy as np

from tests.acceptance.driver.texts import Comment

#: The words of 14,000 natural comments of a public set (Wikipedia's talk pages, Jigsaw 2018): which
#: share of them has at most how many. Between two of them the logarithm rises evenly. A comment's
#: limit, 20,480 letters, is further away than the last.
SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 1.0)
MOST_WORDS = (2, 8, 17, 36, 76, 150, 229, 424, 631, 900)
#: The share with marks beyond ASCII that make a second reading, normalised, differ from the first.
_SECOND_READING = 0.07
#: The share of comments with quarrelsome words, so that the model looks closer at about as much as
#: there: 18 % of 600 natural comments, and 17 % of their characters, score 0.05 or more.
_QUARREL = 0.22
#: How many words in a hundred are rarer ones, so that a word is as many tokens (1.37) as there.
_RARER = 7

_VOCABULARY = """
the the the the a a an and and and of of to to to in in is is it it that that you you I I was for
with on as are be this this not have but or at by from they we he she my your their would could
should will can if so no yes all one two what when who which there here about out up more very just
than then now only also into over after before again people time year day way thing man woman child
city street house school work money news article author reader editor photograph history science
bridge train bicycle garden weather summer winter music book team game season question answer reason
idea point fact opinion truth question government council mayor election tax budget
good great right lovely honest careful old new small large
think know see say said read write believe remember forget agree disagree hope understand explain
pay build repair change open close win start stop help need want like love ask tell call
"""
_QUARRELSOME = "bad silly stupid wrong boring useless nonsense mistake problem lose hate idiot"
_RARE = """
Wikipedian unencyclopedic 1987-2004 http://example.org/wiki/Talk:Bridges misspeled (UTC)
[[User_talk]] anti-inflationary Ljubljana's Thessaloniki neighbourhoods' reinterpretation
counterintuitive cyclotron
"""
_WORDS, _RARE_WORDS = tuple(_VOCABULARY.split()), tuple(_RARE.split())
_QUARRELSOME_WORDS = (*_WORDS, *_QUARRELSOME.split())
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
    words = _QUARRELSOME_WORDS if draw.random() < _QUARREL else _WORDS
    marked = draw.randrange(left) if draw.random() < _SECOND_READING else None
    parts: list[str] = []
    while left > 0:
        clause = [_word(draw, words) for _ in range(min(left, draw.randint(3, 14)))]
        left -= len(clause)
        if marked is not None and left <= marked:
            clause[0], marked = draw.choice(_QUOTED), None
        joined = " ".join(clause)
        parts += [joined[0].upper() + joined[1:], draw.choice(_ENDS)]
    return "".join(parts).strip()


def _word(draw: random.Random, words: Sequence[str]) -> str:
    return draw.choice(_RARE_WORDS if draw.randrange(100) < _RARER else words)


def _length(draw: random.Random) -> int:
    return round(math.exp(np.interp(draw.random(), SHARES, np.log(MOST_WORDS))))
