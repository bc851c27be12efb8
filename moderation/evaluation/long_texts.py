"""Long texts: whether abuse is found at any place of one, and what length alone does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from moderation.evaluation.chapter import Chapter, Figure, Table
from moderation.evaluation.contrast import contrast
from moderation.evaluation.judge import Judge
from moderation.evaluation.metrics import share
from moderation.evaluation.natural import JigsawRows
from moderation.evaluation.sets import HELD_OUT, LENGTHS, Labelled, digest, length_of, sample

ABUSES = 60
LONGEST_ABUSE = 60
#: Words of padding around the abuse.
PADDINGS = (100, 300, 1000)
PLACES = ("start", "middle", "end")

_TEXT = """\
A toxic comment of at most sixty words, among those that are held alone, put at the start, in the
middle and at the end of benign held-out comments strung together, of which only such paddings count
as pass alone. Then the natural comments by their length in words."""


class LongTexts:
    """The chapter on length."""

    def __init__(self, natural: JigsawRows, most: int) -> None:
        self._rows = natural
        pairs = list(zip(self._rows.texts, self._rows.toxic, strict=True))
        short = [text for text, toxic in pairs if toxic and len(text.split()) <= LONGEST_ABUSE]
        self._abuses = sample(short, min(most, ABUSES), str)
        benign = sorted((text for text, toxic in pairs if not toxic), key=digest)
        self._paddings = {
            count: list(_strung(benign, len(self._abuses), count)) for count in PADDINGS
        }

    def texts(self) -> list[str]:
        """Return all texts that are measured."""
        padded = [
            _placed(abuse, padding, place)
            for paddings in self._paddings.values()
            for abuse, padding in zip(self._abuses, paddings, strict=True)
            for place in PLACES
        ]
        alone = [" ".join(words) for paddings in self._paddings.values() for words in paddings]
        return [*self._rows.texts, *padded, *alone]

    def measure(self, judge: Judge) -> Chapter:
        """Return the chapter."""
        places: dict[str, dict[str, Figure]] = {}
        abusive = judge.held(self._abuses)
        for count, paddings in self._paddings.items():
            quiet = ~judge.held([" ".join(words) for words in paddings])
            row: dict[str, Figure] = {"texts": int((abusive & quiet).sum())}
            for place in PLACES:
                pairs = zip(self._abuses, paddings, strict=True)
                held = judge.held([_placed(abuse, padding, place) for abuse, padding in pairs])
                row[f"held at the {place}"] = share(held[abusive & quiet])
            row["padding alone held"] = share(~quiet)
            places[f"{count} words around it"] = row
        kinds = np.array([length_of(text) for text in self._rows.texts])
        lengths = {
            name: contrast(self._of(kinds == name), judge)
            for name in LENGTHS.values()
            if name in kinds
        }
        return Chapter(
            "long",
            "Long texts",
            _TEXT,
            {"places": Table("padding", places), "lengths": Table("words", lengths)},
        )

    def _of(self, chosen: np.typing.NDArray[np.bool_]) -> Labelled:
        texts = [text for text, one in zip(self._rows.texts, chosen, strict=True) if one]
        return Labelled(texts, self._rows.toxic[chosen], HELD_OUT)


def _strung(texts: list[str], number: int, count: int) -> Iterator[list[str]]:
    """Yield `number` paddings of at least `count` words, as texts go round and round."""
    words: list[str] = []
    for index in range(number):
        start = index * len(texts) // max(number, 1)
        words = []
        for text in [*texts[start:], *texts[:start]]:
            words += text.split()
            if len(words) >= count:
                break
        yield words[:count]


def _placed(abuse: str, padding: list[str], place: str) -> str:
    at = {"start": 0, "middle": len(padding) // 2, "end": len(padding)}[place]
    return "\n\n".join(
        part for part in (" ".join(padding[:at]), abuse, " ".join(padding[at:])) if part
    )
