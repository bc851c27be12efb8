"""Fine-tunes one model: comments in, weights changed in place.

The work is fixed by its stages, not by the clock, so that a run repeats. No text is shown or
logged, only figures. Which models are trained, and what becomes of them, is `train.py`'s.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertForSequenceClassification

from moderation.training import batches, datasets
from moderation.training.recipe import Stage

BATCH = 48
WARM_UP = 0.05
WEIGHT_DECAY = 0.01

#: What each label's loss counts, in the order of `LABELS`: `toxicity` decides most holds, and many
#: rows know it alone.
LABEL_WEIGHTS = (2.0, 0.5, 1.0, 1.0, 1.0, 1.0)

#: The cost of logits (rows, labels) beside a batch's labels of the same shape.
Loss = Callable[[Tensor, Tensor], Tensor]


def fit(
    model: BertForSequenceClassification,
    taught: Iterable[batches.Batch],
    total: int,
    *,
    rate: float,
    loss: Loss,
    seen: Callable[[int, float], None],
) -> None:
    """Train `model` on about `total` comments, at the highest learning rate `rate`.

    `seen` is told each step's comments and the mean loss.
    """
    done, mean = 0, 0.0
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=rate, weight_decay=WEIGHT_DECAY, fused=True
    )
    model.train()
    for batch in taught:
        if done >= total:
            return
        optimiser.param_groups[0]["lr"] = rate * share_of_rate(done / total)
        cost = _step(model, optimiser, batch, loss)
        done += len(batch.ids)
        mean = 0.98 * mean + 0.02 * cost if mean else cost
        seen(len(batch.ids), mean)


def endless(
    comments: Sequence[datasets.Comment],
    tokenizer: Tokenizer,
    rng: random.Random,
    offensive: Collection[str],
) -> Iterator[batches.Batch]:
    """Yield the comments' batches epoch after epoch, each shuffled and augmented anew."""
    while True:
        yield from batches.epoch(comments, tokenizer, size=BATCH, rng=rng, offensive=offensive)


def work(stage: Stage) -> int:
    """Return how many comments the stage shows, some more than once."""
    return int(stage.epochs * len(stage.comments))


def share_of_rate(done: float) -> float:
    """Return the share of the learning rate at a share of the run: a short rise, then a fall."""
    return done / WARM_UP if done < WARM_UP else (1 - done) / (1 - WARM_UP)


def masked_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the weighted mean cross-entropy over the known labels; NaN marks an unknown one."""
    known = ~labels.isnan() * torch.tensor(LABEL_WEIGHTS)[: labels.shape[1]]
    losses = nn.functional.binary_cross_entropy_with_logits(
        logits, labels.nan_to_num(0.0), reduction="none"
    )
    return (losses * known).sum() / known.sum().clamp(min=1e-6)


@torch.inference_mode()
def logits_of(
    model: BertForSequenceClassification, tokenizer: Tokenizer, texts: Sequence[str]
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return float32 logits (texts, labels), each text scored alone and cut as in training."""
    model.eval()
    rows = [
        model(input_ids=torch.tensor([ids])).logits[0].float().numpy()
        for ids in batches.encoded(tokenizer, list(texts))
    ]
    return np.stack(rows)


def toxicity_auc(
    model: BertForSequenceClassification, tokenizer: Tokenizer, comments: list[datasets.Comment]
) -> float:
    """Return the area under the ROC curve of the label `toxicity`."""
    truth = datasets.targets(comments)[:, 0]
    logits = logits_of(model, tokenizer, [comment.text for comment in comments])
    return float(roc_auc_score(truth, logits[:, 0]))


def _step(
    model: BertForSequenceClassification,
    optimiser: torch.optim.Optimizer,
    batch: batches.Batch,
    loss: Loss,
) -> float:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(input_ids=batch.ids, attention_mask=batch.mask).logits
    cost = loss(logits.float(), batch.labels)
    optimiser.zero_grad()
    cost.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return cost.item()
