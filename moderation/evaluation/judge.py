"""Scores texts as the service does, each alone, and says which would be held.

The scorer comes from the registry, with its windows and both readings; a text without a score is
held, as in the service, and ranks above all others. Scores stay in memory, each text's only once.
No text is shown, stored or raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from moderation.domain.scores import ModelInfo, checked
from moderation.evaluation.metrics import Bools, Floats
from moderation.scoring import registry
from moderation.scoring.scorer import Scorer

TOXICITY = "toxicity"
#: Texts handed to a scorer's process at a time; it scores them one after the other.
CHUNK = 32
#: Keeps a score of 0 or 1 finite as a logit.
TINY = 1e-9

_scorer: Scorer | None = None


class Judge:
    """A scorer with the thresholds that it ships with.

    `thresholds`: label → the score from which a comment is held. Labels without one never hold.
    """

    def __init__(self, spec: str, thresholds: dict[str, float], *, processes: int = 1) -> None:
        self._spec, self._processes = spec, processes
        scorer = registry.load(spec, threads=1)
        self.model: ModelInfo = scorer.model
        self.labels = scorer.labels
        self.thresholds = {label: thresholds[label] for label in self.labels if label in thresholds}
        self._known: dict[str, Floats] = {}
        self.unscored = 0
        if processes == 1:
            _keep(scorer)

    def read(self, texts: Iterable[str], console: Console) -> None:
        """Score what was not scored yet, with a bar on a terminal."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        with _bar(console) as bar:
            task = bar.add_task("scoring", total=len(new))
            for text, scores in zip(new, self._scored(new), strict=True):
                self.unscored += scores is None
                held = [1.0] * len(self.labels)
                self._known[text] = np.array(held if scores is None else scores)
                bar.advance(task)

    def scores(self, texts: Sequence[str]) -> Floats:
        """Return the scores (texts, labels) of texts that were read."""
        return np.array([self._known[text] for text in texts]).reshape(-1, len(self.labels))

    def score(self, texts: Sequence[str], label: str = TOXICITY) -> Floats:
        """Return one label's score of each text."""
        column: Floats = self.scores(texts)[:, self.labels.index(label)]
        return column

    def margin(self, texts: Sequence[str]) -> Floats:
        """Return how far each text is over (or under) the threshold that it comes closest to.

        In logits, the largest over the labels: what orders texts as the decision does.
        """
        labels = [self.labels.index(label) for label in self.thresholds]
        limits = np.array(list(self.thresholds.values()))
        margins = _logit(self.scores(texts)[:, labels]) - _logit(limits)
        largest: Floats = margins.max(axis=1)
        return largest

    def held(self, texts: Sequence[str]) -> Bools:
        """Return whether any score reaches its threshold."""
        labels = [self.labels.index(label) for label in self.thresholds]
        over = self.scores(texts)[:, labels] >= np.array(list(self.thresholds.values()))
        held: Bools = np.any(over, axis=1)
        return held

    def _scored(self, texts: list[str]) -> Iterator[list[float] | None]:
        if self._processes == 1:
            yield from map(_score, texts)
            return
        with ProcessPoolExecutor(
            self._processes, get_context("spawn"), initializer=_load, initargs=(self._spec,)
        ) as pool:
            yield from pool.map(_score, texts, chunksize=CHUNK)


def shipped_model(spec: str) -> Path | None:
    """Return the model folder that `spec` names, None where it names none."""
    backend, _, rest = spec.partition(":")
    if backend != "onnx":
        return None
    return Path(rest) if rest else registry.default_model_dir()


def _load(spec: str) -> None:
    _keep(registry.load(spec, threads=1))


def _keep(scorer: Scorer) -> None:
    global _scorer  # noqa: PLW0603 - a process has one scorer, and a pool can only call functions
    _scorer = scorer


def _score(text: str) -> list[float] | None:
    """Return the labels' scores in order; None where the scorer has none to give."""
    if _scorer is None:
        raise RuntimeError("no scorer was loaded in this process")
    try:
        return list(checked(_scorer.score(text), _scorer.labels).values())
    except Exception:  # whatever it is, the service would hold the text
        return None


def _logit(probability: Floats) -> Floats:
    inside = np.clip(probability, TINY, 1 - TINY)
    value: Floats = np.log(inside / (1 - inside))
    return value


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    )
