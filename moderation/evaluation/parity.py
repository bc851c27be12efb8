"""How far a served model is from the Detoxify class that it was exported from.

Detoxify reads a text once, as written, and cuts it in silence where the model's positions end. The
service reads it by windows and, for most models, a second time normalised; the worst counts. So
texts that both read alike are compared for equality; on the others the service may only score
higher. Texts stay in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import torch
from detoxify import Detoxify
from rich.console import Console
from rich.progress import track

from moderation.domain.text import normalised
from moderation.evaluation.metrics import Bools, Floats
from moderation.evaluation.samples import Sample
from moderation.scoring.detoxify import DetoxifyScorer
from moderation.scoring.onnx import OnnxScorer
from moderation.scoring.scorer import Scorer
from moderation.scoring.windows import TextTooLongError


class ReadAs(StrEnum):
    """How the service reads a text, beside how Detoxify does."""

    ALIKE = "read alike"
    TWICE = "normalised form read too"
    LONG = "more than one window"
    MARKS = "spells the model's own marks"


class Original(Detoxify):  # type: ignore[misc]
    """The library's class, around a model that was loaded as tensors only.

    Its own constructor would unpickle the checkpoint. `predict` is the library's.
    """

    def __init__(self, scorer: DetoxifyScorer) -> None:
        self.model, self.tokenizer = scorer.network, scorer.tokenizer
        self.class_names, self.device = scorer.labels, "cpu"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Scores (texts, labels) of both sides for the texts that both could score.

    `toxic` is NaN where nobody said. `left_out` counts the texts that one side refused.
    """

    labels: tuple[str, ...]
    readings: Sequence[ReadAs]
    toxic: Floats
    original: Floats
    served: Mapping[str, Floats]
    left_out: int

    def read(self, reading: ReadAs) -> Bools:
        """Return which texts are read so."""
        return np.array([one is reading for one in self.readings], dtype=bool)

    def disagreement(self, form: str) -> float:
        """Return how far the form is from what it must be, as the largest difference of a score.

        Either way where both read alike, downwards only where the service reads more. A text that
        spells the model's marks is another text to Detoxify, and is left out.
        """
        change = self.served[form] - self.original
        alike = np.abs(change[self.read(ReadAs.ALIKE)])
        lower = -change[self.read(ReadAs.TWICE) | self.read(ReadAs.LONG)]
        return float(max(alike.max(initial=0.0), lower.max(initial=0.0)))


def compare(
    scorer: DetoxifyScorer, folders: Mapping[str, Path], samples: Sequence[Sample], console: Console
) -> Comparison:
    """Score the texts by the library and by each folder, with a bar on a terminal."""
    original = Original(scorer)
    served = {form: OnnxScorer(folder, threads=_threads()) for form, folder in folders.items()}
    kept: list[tuple[Sample, list[float], list[list[float]]]] = []
    for sample in track(samples, "comparing", console=console, disable=not console.is_terminal):
        theirs = _predicted(original, sample.text)
        ours = [_scored(one, sample.text) for one in served.values()]
        if theirs is not None and all(one is not None for one in ours):
            kept.append((sample, theirs, [one for one in ours if one is not None]))
    shape = (len(kept), len(scorer.labels))
    return Comparison(
        labels=scorer.labels,
        readings=[reading_of(scorer, sample.text) for sample, _, _ in kept],
        toxic=np.array(
            [np.nan if sample.toxic is None else sample.toxic for sample, _, _ in kept], dtype=float
        ),
        original=np.array([theirs for _, theirs, _ in kept]).reshape(shape),
        served={
            form: np.array([ours[index] for _, _, ours in kept]).reshape(shape)
            for index, form in enumerate(served)
        },
        left_out=len(samples) - len(kept),
    )


def reading_of(scorer: DetoxifyScorer, text: str) -> ReadAs:
    """Return how the service reads a text."""
    marks = set(scorer.tokenizer.all_special_ids) - {scorer.tokenizer.unk_token_id}
    if marks & set(_ids(scorer, text, add_special_tokens=False)):
        return ReadAs.MARKS
    ids = _ids(scorer, text)
    if len(ids) > scorer.window:
        return ReadAs.LONG
    if scorer.normalise and _ids(scorer, normalised(text).text) != ids:
        return ReadAs.TWICE
    return ReadAs.ALIKE


def _ids(scorer: DetoxifyScorer, text: str, **options: bool) -> list[int]:
    ids: list[int] = scorer.tokenizer(text, verbose=False, **options)["input_ids"]
    return ids


def _predicted(original: Original, text: str) -> list[float] | None:
    """Return the library's scores in order; None where it fails on a text longer than its model."""
    try:
        return list(original.predict(text).values())
    except (IndexError, RuntimeError):  # its tokenizer names no length, so nothing was cut
        return None


def _scored(scorer: Scorer, text: str) -> list[float] | None:
    try:
        return list(scorer.score(text).values())
    except TextTooLongError:
        return None


def _threads() -> int:
    threads: int = torch.get_num_threads()
    return threads
