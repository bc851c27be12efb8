"""Makes a model of fewer layers say what a deeper one says: half the work for nearly its judgement.

The student starts from some of the teacher's own layers and learns its logits, whatever the label
of the row. A second process asks the teacher meanwhile, a batch ahead. No text is shown or logged.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset
from transformers import BertForSequenceClassification

from moderation.training import batches, model
from moderation.training.fit import LABEL_WEIGHTS, endless, fit, work
from moderation.training.recipe import Stage

#: Beyond this a logit's score is within 2e-4 of 0 or 1: that both are beyond it is agreement.
FAR = 9.0


def distil(
    teacher: Path,
    stage: Stage,
    layers: Sequence[int],
    *,
    rng: random.Random,
    offensive: Collection[str],
    seen: Callable[[int, float], None],
) -> BertForSequenceClassification:
    """Return a model of these of the teacher's layers (from 0; those that it has), trained.

    `teacher` is a checkpoint's folder. `seen` is told each step's comments and the mean loss.
    """
    student = model.shallower(teacher, layers)
    taught = DataLoader(
        _Taught(teacher, stage, rng, offensive),
        batch_size=None,
        num_workers=1,
        multiprocessing_context="spawn",
    )
    fit(student, taught, work(stage), rate=stage.rate, loss=squared_distance, seen=seen)
    return student


def squared_distance(logits: Tensor, taught: Tensor) -> Tensor:
    """Return the weighted mean squared distance of the logits (rows, labels) to the teacher's."""
    weights = torch.tensor(LABEL_WEIGHTS)[: taught.shape[1]]
    distances = (logits.clamp(-FAR, FAR) - taught.clamp(-FAR, FAR)).square()
    return (distances * weights).sum() / (weights.sum() * len(taught))


@dataclass
class _Taught(IterableDataset[batches.Batch]):
    """A stage's batches without end, with the teacher's logits in the place of the labels."""

    teacher: Path
    stage: Stage
    rng: random.Random
    offensive: Collection[str]

    def __iter__(self) -> Iterator[batches.Batch]:
        teacher = model.load_checkpoint(self.teacher)
        tokenizer = model.plain_tokenizer(self.teacher)
        for batch in endless(self.stage.comments, tokenizer, self.rng, self.offensive):
            yield replace(batch, labels=_logits(teacher, batch))


@torch.inference_mode()
def _logits(teacher: nn.Module, batch: batches.Batch) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):  # four times as fast; 0.01 off in the mean
        logits: Tensor = teacher(input_ids=batch.ids, attention_mask=batch.mask).logits
    return logits.float()
