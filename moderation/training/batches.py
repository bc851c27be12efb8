"""Comments as padded batches of token ids: of like length, so that padding costs little.

Each epoch is shuffled and augmented anew. Nothing here knows the network.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from moderation.training.datasets import Comment, targets
from moderation.training.obfuscation import obfuscated

#: Tokens of a comment that training sees; a longer one is cut.
LONGEST = 128

#: Share of rows that lose case and punctuation: part of the data has that form, and more often
#: where it is toxic, so that without this the form itself would be learnt as a sign.
STRIPPED_SHARE = 0.25

#: Share of rows, kind or not, in which words are disguised.
OBFUSCATED_SHARE = 0.2

#: Share of rows that get a benign comment around them: abuse hides in long texts.
JOINED_SHARE = 0.12

#: Widths are multiples of this many tokens: the kernels of each new width are compiled anew.
WIDTH_STEP = 4

#: Batches' worth of rows that are sorted by length together.
POOL = 50


@dataclass(frozen=True, slots=True)
class Batch:
    """`ids` and `mask`: int64 (rows, tokens); `labels`: float32 (rows, labels), NaN unknown."""

    ids: Tensor
    mask: Tensor
    labels: Tensor


def stripped(text: str) -> str:
    """Return the text lower-cased, without punctuation, single-spaced."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def epoch(
    comments: Sequence[Comment],
    tokenizer: Tokenizer,
    *,
    size: int,
    rng: random.Random,
    offensive: Collection[str] = frozenset(),
) -> Iterator[Batch]:
    """Yield every comment once, in random order, in batches of `size` rows of like length.

    `offensive` are the words that are disguised before others (`obfuscation.py`).
    """
    order = list(range(len(comments)))
    rng.shuffle(order)
    for start in range(0, len(order), size * POOL):
        pool = [comments[index] for index in order[start : start + size * POOL]]
        texts = [_augmented(comment.text, rng, offensive) for comment in pool]
        tokens = [
            _window(ids, rng) if comment.labels[0] == 0 else _cut(ids)
            for comment, ids in zip(pool, _ids(tokenizer, texts), strict=True)
        ]
        hosts = [ids for comment, ids in zip(pool, tokens, strict=True) if comment.labels[0] == 0]
        tokens = [
            joined(ids, rng.choice(hosts), rng) if hosts and rng.random() < JOINED_SHARE else ids
            for ids in tokens
        ]
        by_length = sorted(range(len(pool)), key=lambda row: len(tokens[row]))
        groups = [by_length[at : at + size] for at in range(0, len(by_length), size)]
        rng.shuffle(groups)
        for group in groups:
            yield collated([tokens[row] for row in group], [pool[row] for row in group])


def encoded(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    """Return each text's token ids, cut to `LONGEST` with both special tokens kept."""
    return [_cut(ids) for ids in _ids(tokenizer, texts)]


def collated(rows: list[list[int]], comments: list[Comment]) -> Batch:
    """Return the rows padded with 0 (BERT's [PAD]) to the longest of them, or a little more."""
    width = -(-max(map(len, rows)) // WIDTH_STEP) * WIDTH_STEP
    ids = np.zeros((len(rows), width), dtype=np.int64)
    mask = np.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    labels = torch.from_numpy(targets(comments))
    return Batch(torch.from_numpy(ids), torch.from_numpy(mask), labels)


def _ids(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    return [encoding.ids for encoding in tokenizer.encode_batch_fast(texts)]


def _cut(ids: list[int]) -> list[int]:
    return ids if len(ids) <= LONGEST else [*ids[: LONGEST - 1], ids[-1]]


def _window(ids: list[int], rng: random.Random) -> list[int]:
    """Return some stretch of a benign comment: none of its parts is toxic, unlike another's."""
    if len(ids) <= LONGEST:
        return ids
    start = rng.randrange(1, len(ids) - LONGEST + 2)
    return [ids[0], *ids[start : start + LONGEST - 2], ids[-1]]


def joined(ids: list[int], host: list[int], rng: random.Random) -> list[int]:
    """Return the comment with parts of a benign one before and after it, its labels still true."""
    around = host[1:-1][: max(0, rng.randint(len(ids), LONGEST) - len(ids))]
    place = rng.randint(0, len(around))
    return [ids[0], *around[:place], *ids[1:-1], *around[place:], ids[-1]]


def _augmented(text: str, rng: random.Random, offensive: Collection[str]) -> str:
    if rng.random() < OBFUSCATED_SHARE:
        text = obfuscated(text, rng, offensive)
    if rng.random() < STRIPPED_SHARE:
        text = stripped(text) or text
    return text
