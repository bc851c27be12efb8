"""Fine-tunes the compact model: labelled comments in, a checkpoint in Detoxify's format out.

The learning rate falls to nothing over the run that really happens: over the steps of `epochs`,
or over `max_minutes` where the machine is too slow for them. Calibrating and exporting are other
steps (`calibrate.py`, `export.py`). No text is shown or logged, only counts and figures.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertForSequenceClassification

from moderation.training import batches, datasets
from moderation.training.model import fresh_model, plain_tokenizer, save_checkpoint
from moderation.training.split import Split, split

log = logging.getLogger(__name__)

BATCH = 32
LEARNING_RATE = 2e-4
WARM_UP = 0.05
WEIGHT_DECAY = 0.01

#: Seconds between two checkpoints: what a crash may cost.
CHECKPOINT_EVERY = 420.0


def train(
    data: Path,
    out: Path,
    *,
    epochs: float = 1.6,
    seed: int = 1,
    max_minutes: float = 60.0,
    threads: int = 2,
    progress: bool = True,
    encoder: Path | None = None,
) -> None:
    """Read the comments under `data`, train, and write the checkpoint into the folder `out`.

    A run that `max_minutes` does not cut is repeatable from `seed`. Raises FileNotFoundError when
    a source is missing under `data`.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    comments = split(datasets.natural(data), datasets.auxiliary(data))
    log.info(
        "training on %d comments; %d held out to test, %d to calibrate; %d near-duplicates dropped",
        *(len(part) for part in (comments.training, comments.test, comments.calibration)),
        comments.dropped,
    )
    model, tokenizer = fresh_model(encoder), plain_tokenizer(encoder)
    console = Console(stderr=True, quiet=not progress)
    fit(
        model,
        tokenizer,
        comments,
        out,
        epochs=epochs,
        rng=random.Random(seed),  # noqa: S311 - shuffling, no secret
        max_seconds=max_minutes * 60,
        console=console,
    )
    save_checkpoint(model.eval(), tokenizer, out)


def fit(
    model: BertForSequenceClassification,
    tokenizer: Tokenizer,
    comments: Split,
    out: Path,
    *,
    epochs: float,
    rng: random.Random,
    max_seconds: float,
    console: Console,
) -> None:
    """Train `model` in place; keep a checkpoint of the running state in `out`."""
    total = int(epochs * len(comments.training))
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True
    )
    start = saved = time.monotonic()
    seen, loss_seen = 0, 0.0
    with _bar(console) as bar:
        task = bar.add_task("training", total=total, loss=0.0)
        for batch in _endless(comments.training, tokenizer, rng):
            now = time.monotonic()
            done = max(seen / total, (now - start) / max_seconds) if seen else 0.0
            if done >= 1:
                break
            optimiser.param_groups[0]["lr"] = LEARNING_RATE * rate(done)
            loss = _step(model, optimiser, batch)
            seen += len(batch.ids)
            loss_seen = 0.98 * loss_seen + 0.02 * loss if loss_seen else loss
            bar.update(task, completed=min(seen, total), loss=loss_seen)
            if now - saved > CHECKPOINT_EVERY:
                saved = now
                save_checkpoint(model, tokenizer, out)
                auc = toxicity_auc(model, tokenizer, comments.calibration)
                log.info(
                    "%d of %d comments, %.0f s: loss %.4f, AUC %.4f on the calibration set",
                    *(seen, total, now - start, loss_seen, auc),
                )
    log.info("trained on %d comments in %.0f s", seen, time.monotonic() - start)


def rate(done: float) -> float:
    """Return the share of the learning rate at a share of the run: a short rise, then a fall."""
    return done / WARM_UP if done < WARM_UP else (1 - done) / (1 - WARM_UP)


def masked_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean binary cross-entropy over the known labels; NaN marks an unknown one."""
    known = ~labels.isnan()
    losses = nn.functional.binary_cross_entropy_with_logits(
        logits, labels.nan_to_num(0.0), reduction="none"
    )
    return (losses * known).sum() / known.sum().clamp(min=1)


@torch.inference_mode()
def logits_of(
    model: BertForSequenceClassification, tokenizer: Tokenizer, texts: Sequence[str]
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return float32 logits (texts, labels), each text scored alone and cut as in training."""
    was_training = model.training
    model.eval()
    rows = [
        model(input_ids=torch.tensor([ids])).logits[0].float().numpy()
        for ids in batches.encoded(tokenizer, list(texts))
    ]
    model.train(was_training)
    return np.stack(rows)


def toxicity_auc(
    model: BertForSequenceClassification, tokenizer: Tokenizer, comments: list[datasets.Comment]
) -> float:
    """Return the area under the ROC curve of the label `toxicity`."""
    truth = datasets.targets(comments)[:, 0]
    logits = logits_of(model, tokenizer, [comment.text for comment in comments])
    return float(roc_auc_score(truth, logits[:, 0]))


def _step(
    model: BertForSequenceClassification, optimiser: torch.optim.Optimizer, batch: batches.Batch
) -> float:
    model.train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(input_ids=batch.ids, attention_mask=batch.mask).logits
    loss = masked_loss(logits.float(), batch.labels)
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return loss.item()


def _endless(
    comments: Sequence[datasets.Comment], tokenizer: Tokenizer, rng: random.Random
) -> Iterator[batches.Batch]:
    while True:
        yield from batches.epoch(comments, tokenizer, size=BATCH, rng=rng)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.4f}"),
        TimeRemainingColumn(),
        console=console,
    )
