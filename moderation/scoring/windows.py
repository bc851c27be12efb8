"""How a text of any length becomes model inputs, and how their answers become one.

A model sees a limited number of tokens. A longer text is cut into overlapping windows and each
label takes its worst window, so that abuse can't hide behind padding. The text is read twice, as
written and normalised (`domain/text.py`), and the worse reading counts; when both read alike, once.
Nothing here knows a model: tokenizing and inference come as functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from moderation.domain.text import normalised

#: Text → token ids with the model's special tokens around them, nothing cut, nothing padded.
Encode = Callable[[str], Sequence[int]]
#: Token ids of one window → one value a label, float (labels,).
Infer = Callable[[Sequence[int]], NDArray[np.floating]]

#: The most windows of one reading. A window is tens of milliseconds of work: a text that comes to
#: hundreds, of characters that tokenize or transliterate to many tokens each, would take longer
#: than a text may, and cost two child processes before it is held. English text of the greatest
#: length that is accepted comes to about 27 of the shipped model's.
MAX_WINDOWS = 128


class TextTooLongError(ValueError):
    """A text has more windows than are scored; it is held without a score. Says nothing of it."""

    def __init__(self) -> None:
        super().__init__(f"the text has more than {MAX_WINDOWS} windows")


class Windows:
    """Cuts token ids to the model's length.

    `size` is a window's length in tokens with the special ones, `overlap` how many tokens
    neighbours share. Raises ValueError when no text would fit between them.
    """

    def __init__(self, encode: Encode, *, size: int, overlap: int) -> None:
        self._encode = encode
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

    def worst(self, text: str, infer: Infer, *, normalise: bool = True) -> NDArray[np.floating]:
        """Return each label's highest value over the windows of both readings of the text.

        Raises TextTooLongError, before any inference, when a reading has more than MAX_WINDOWS.
        """
        # A lone surrogate has no UTF-8 form, which tokenizers need; `?` stands in for it.
        ids = self._encode(text.encode("utf-8", "replace").decode())
        windows = self._few(ids)
        if normalise and (plain := normalised(text).text) != text:
            second = self._encode(plain)
            if list(second) != list(ids):
                windows.extend(self._few(second))
        worst: NDArray[np.floating] = np.max([infer(window) for window in windows], axis=0)
        return worst

    def _few(self, ids: Sequence[int]) -> list[list[int]]:
        windows = list(islice(self.of(ids), MAX_WINDOWS + 1))
        if len(windows) > MAX_WINDOWS:
            raise TextTooLongError
        return windows
