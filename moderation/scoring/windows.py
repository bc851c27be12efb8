"""How a text of any length becomes model inputs, and how their answers become one.

A model sees a limited number of tokens. A longer text is cut into overlapping windows and each
label takes its worst window, so that abuse can't hide behind padding, and which part of the text
that was is told. Where a text is not clearly harmless its sentences are read alone as well: one
insult among ten friendly sentences raises the score of all a little only. The text is read twice,
as written and normalised (`domain/text.py`), and the worse reading counts; when both read alike,
once. Nothing here knows a model: tokenizing and inference come as functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from moderation.domain.spans import pieces
from moderation.domain.text import View, normalised

#: Text → token ids with the model's special tokens around them, nothing cut, nothing padded.
Encode = Callable[[str], Sequence[int]]
#: Token ids of one window → one value a label, float (labels,).
Infer = Callable[[Sequence[int]], NDArray[np.floating]]
#: Text → where each of its tokens, special ones included, begins and ends in it, in code points.
Locate = Callable[[str], Sequence[tuple[int, int]]]

#: A part of a text, in code points, end exclusive; None for the whole, or where nobody can tell.
Part = tuple[int, int] | None

#: The most windows of one reading. A window is tens of milliseconds of work: a text that comes to
#: hundreds, of characters that tokenize or transliterate to many tokens each, would take longer
#: than a text may, and cost two child processes before it is held. English text of the greatest
#: length that is accepted comes to about 27 of the shipped model's, and at most to twice that work
#: with its sentences.
MAX_WINDOWS = 128


class TextTooLongError(ValueError):
    """A text has more windows than are scored; it is held without a score. Says nothing of it."""

    def __init__(self) -> None:
        super().__init__(f"the text has more than {MAX_WINDOWS} windows")


@dataclass(frozen=True, slots=True)
class Worst:
    """Each label's highest value over all that was read of a text.

    `part`: the window or sentence with the highest value of all.
    """

    values: NDArray[np.floating]
    part: Part


@dataclass(frozen=True, slots=True)
class Closer:
    """How the sentences of a text that is not clearly harmless count by themselves.

    `above`: the probability of any label from which a text is not. `discount`: logits that are
    taken off a sentence's own, since it lacks what is around it, and since the highest of many is
    high by chance more often than one.
    """

    above: float
    discount: float

    def counted(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the probabilities that a sentence's own count as."""
        odds = values * np.exp(-self.discount)
        counted: NDArray[np.floating] = odds / (1.0 - values + odds)
        return counted


class Windows:
    """Cuts token ids to the model's length.

    `size` is a window's length in tokens with the special ones, `overlap` how many tokens
    neighbours share. Without `locate` no window is told as a part, without `closer` no sentence is
    read alone. Raises ValueError when no text would fit between them.
    """

    def __init__(
        self,
        encode: Encode,
        *,
        size: int,
        overlap: int,
        locate: Locate | None = None,
        closer: Closer | None = None,
    ) -> None:
        self._encode = encode
        self._locate = locate
        self._closer = closer
        empty = list(encode(""))
        half = len(empty) // 2  # the special tokens of an empty text: [CLS] and [SEP], <s> and </s>
        self._head, self._tail = empty[:half], empty[half:]
        self._room = size - len(empty)
        self._step = self._room - overlap
        if overlap < 0 or self._step < 1:
            raise ValueError(f"windows of {size} tokens can't share {overlap}")

    def of(self, ids: Sequence[int]) -> Iterator[list[int]]:
        """Yield the windows of an encoded text, at least one; the last ends with the text."""
        body = ids[len(self._head) : len(ids) - len(self._tail)]
        start = 0
        while True:
            yield [*self._head, *body[start : start + self._room], *self._tail]
            if start + self._room >= len(body):
                return
            start += self._step

    def worst(self, text: str, infer: Infer, *, normalise: bool = True) -> Worst:
        """Return each label's highest value, and where in the text the highest of all stands.

        Raises TextTooLongError, before any inference, when a reading has more than MAX_WINDOWS.
        """
        # A lone surrogate has no UTF-8 form, which tokenizers need; `?` stands in for it.
        written = text.encode("utf-8", "replace").decode()
        ids = self._encode(written)
        readings = [(View(written, range(len(text) + 1)), self._few(ids))]
        if normalise and (view := normalised(text)).text != text:
            second = self._encode(view.text)
            if list(second) != list(ids):
                readings.append((view, self._few(second)))
        read = [one for view, windows in readings for one in self._read(view, windows, infer)]
        values = np.array([values for values, _ in read])
        worst: NDArray[np.floating] = values.max(axis=0)
        _, part = read[int(values.max(axis=1).argmax())]
        return Worst(worst, part())

    def _read(
        self, view: View, windows: Sequence[Sequence[int]], infer: Infer
    ) -> Iterator[tuple[NDArray[np.floating], Callable[[], Part]]]:
        """Yield the values of all that is read of a reading, and how to tell the part."""
        highest = 0.0
        for number, window in enumerate(windows):
            values = infer(window)
            highest = max(highest, float(values.max()))
            yield values, partial(self._part, view, number if len(windows) > 1 else None)
        if self._closer is None or highest < self._closer.above:
            return
        sentences = pieces(view.text)
        for sentence in sentences if len(sentences) > 1 else ():
            for window in self.of(self._encode(sentence.of(view.text))):
                yield self._closer.counted(infer(window)), partial(view.span, *sentence)

    def _part(self, view: View, number: int | None) -> Part:
        """Return the part of the original behind one window of a reading, counted from 0."""
        if self._locate is None or number is None:
            return None
        places = self._locate(view.text)
        body = places[len(self._head) : len(places) - len(self._tail)]
        tokens = body[number * self._step : number * self._step + self._room]
        return view.span(tokens[0][0], tokens[-1][1])

    def _few(self, ids: Sequence[int]) -> list[list[int]]:
        windows = list(islice(self.of(ids), MAX_WINDOWS + 1))
        if len(windows) > MAX_WINDOWS:
            raise TextTooLongError
        return windows
