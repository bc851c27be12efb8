"""How far an explanation agrees with the words that annotators marked. Prints figures, no text.

    python -m tests.benchmarks.spans --data DIR

`DIR/toxic_spans_civil/semeval2021_train.parquet` has comments with the code points that annotators
marked as toxic. Marked by each method are the words over its threshold; the threshold is the best
one of half of the comments, the figure (F1 of characters, the mean over comments) that of the rest.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import mean

import click
import numpy as np
import pyarrow.parquet as pq

from moderation.domain.explanation import NOTHING, sentence_of, worst_of
from moderation.domain.scores import Scores
from moderation.domain.spans import Span, pieces
from moderation.scoring import registry

_LABEL, _LEAST = "toxicity", 1e-6


@dataclass(frozen=True)
class Row:
    """The marked code points, and each word of the worst sentence: span, what is lost without
    it, what it says alone (log-odds)."""

    gold: frozenset[int]
    sentence: Span
    words: list[tuple[Span, float, float]]


METHODS: dict[str, Callable[[float, float], float]] = {
    "without the word": lambda lost, _: lost,
    "the word alone": lambda _, alone: alone,
    "mean of both (served)": lambda lost, alone: (lost + alone) / 2,
}


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--scorer", default="onnx", show_default=True)
@click.option("--count", default=300, show_default=True)
def main(data: Path, scorer: str, count: int) -> None:
    """Compare ways to weigh words with the words that people marked."""
    model = registry.load(scorer, threads=1)
    score = lru_cache(maxsize=None)(model.score)
    found = pq.read_table(data / "toxic_spans_civil" / "semeval2021_train.parquet").to_pylist()
    marked = [row for row in found if row["n_span_chars"]]
    random.Random(7).shuffle(marked)
    rows = [_row(row["text"], json.loads(row["spans"]), score) for row in marked[:count]]
    half = len(rows) // 2
    for name, weigh in METHODS.items():
        steps = np.quantile([weigh(a, b) for row in rows for _, a, b in row.words],
                            np.linspace(0.3, 0.98, 40))  # fmt: skip
        best = max(steps, key=lambda step, w=weigh: _agreement(rows[:half], w, step))
        whole = _agreement(rows[half:], weigh, best)
        within = _agreement(rows[half:], weigh, best, within=True)
        click.echo(f"{name}: F1 {whole:.3f}, within the sentence {within:.3f} (from {best:.2f})")


def _row(text: str, gold: list[int], score: Callable[[str], Scores]) -> Row:
    parts = {span: score(span.of(text)) for span in pieces(text)}
    worst = worst_of(_LABEL, parts) or Span(0, 0)
    sentence = sentence_of(text, worst, parts.get(worst, {}))

    def read(one: str) -> float:
        p = min(max(score(one)[_LABEL], _LEAST), 1 - _LEAST)
        return math.log(p / (1 - p))

    whole, nothing = read(worst.of(text)), read(NOTHING)
    words = [(w.span, whole - read(w.without), read(w.alone) - nothing) for w in sentence.words]
    return Row(frozenset(gold), worst, words)


def _agreement(
    rows: list[Row], weigh: Callable[[float, float], float], least: float, *, within: bool = False
) -> float:
    found = []
    for row in rows:
        gold = row.gold & set(range(*row.sentence)) if within else row.gold
        marks = {at for span, a, b in row.words if weigh(a, b) >= least for at in range(*span)}
        if gold:
            found.append(2 * len(gold & marks) / (len(gold) + len(marks)))
    return mean(found)


if __name__ == "__main__":
    main()
