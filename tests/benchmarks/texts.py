"""Generated comments whose lengths are spread as those of real ones. The content is mild."""

from __future__ import annotations

import hashlib
import math
import random

from tests.acceptance.driver.texts import Comment

#: Words in a comment: the median and the 90th percentile of natural comments of a public set.
MEDIAN_WORDS, P90_WORDS = 34, 136
_Z90 = 1.2816  # the 90th percentile of the normal distribution
_MOST_WORDS = 1000  # a comment's limit, 20,480 letters, is further away

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
_WORDS = tuple(_VOCABULARY.split())
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
    spread = math.log(P90_WORDS / MEDIAN_WORDS) / _Z90
    left = min(max(round(draw.lognormvariate(math.log(MEDIAN_WORDS), spread)), 1), _MOST_WORDS)
    parts: list[str] = []
    while left > 0:
        clause = draw.choices(_WORDS, k=min(left, draw.randint(3, 14)))
        left -= len(clause)
        parts += [" ".join(clause).capitalize(), draw.choice(_ENDS)]
    return "".join(parts).strip()
