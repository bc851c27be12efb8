"""Fine-tunes the compact model: labelled comments in, a checkpoint in Detoxify's format out.

The work is fixed by the recipe, not by the clock, so that a run repeats. Calibrating and exporting
are other steps (`calibrate.py`, `export.py`). No text is shown or logged, only counts and figures.
"""

from __future__ import annotations

import functools
import logging
import random
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertForSequenceClassification

from moderation.training import batches, datasets, recipe
from moderation.training.model import (
    fresh_model,
    load_checkpoint,
    plain_tokenizer,
    save_checkpoint,
)

log = logging.getLogger(__name__)

BATCH = 48
WARM_UP = 0.05
WEIGHT_DECAY = 0.01

#: What each label's loss counts, in the order of `LABELS`: `toxicity` decides most holds, and many
#: rows know it alone.
LABEL_WEIGHTS = (2.0, 0.5, 1.0, 1.0, 1.0, 1.0)

#: Share of the work between two checkpoints: what a crash may cost.
CHECKPOINT_EVERY = 0.125


def train(
    data: Path,
    out: Path,
    *,
    epochs: float = 1.0,
    seed: int = 1,
    threads: int = 2,
    progress: bool = True,
    encoder: Path | None = None,
    start: Path | None = None,
    made_up: int = recipe.MADE_UP,
) -> None:
    """Read the comments under `data`, train, and write the checkpoint into the folder `out`.

    The first stage learns from everything, the second from less of it with the harder half of the
    grammar. `start` is a folder with a checkpoint of the first stage, which is then skipped; it is
    left in `out/first`. A run repeats from `seed` with the same number of threads on the same kind
    of machine. Raises FileNotFoundError when a source is missing under `data`.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    comments = recipe.comments(data, seed=seed, made_up=made_up)
    log.info(
        "training on %d comments; %d held out to test, %d to calibrate; %d near-duplicates dropped",
        *(len(part) for part in (comments.training, comments.test, comments.calibration)),
        comments.dropped,
    )
    model = load_checkpoint(start, train=True) if start else fresh_model(encoder)
    tokenizer, console = plain_tokenizer(encoder), Console(stderr=True, quiet=not progress)
    stages = recipe.stages(data, comments.training, seed=seed, made_up=made_up)
    for number, stage in enumerate(stages):
        if start and number == 0:
            continue
        if number:
            save_checkpoint(model, tokenizer, out / "first")
            torch.manual_seed(seed + number)  # the same whether the first stage ran or was read
        fit(
            model,
            tokenizer,
            stage,
            watch=functools.partial(_checkpoint, comments.calibration, out),
            scale=epochs,
            rng=random.Random(seed + number),  # noqa: S311 - shuffling, no secret
            offensive=recipe.offensive_words(data),
            console=console,
        )
    save_checkpoint(model.eval(), tokenizer, out)


def fit(
    model: BertForSequenceClassification,
    tokenizer: Tokenizer,
    stage: recipe.Stage,
    *,
    watch: Callable[[BertForSequenceClassification, Tokenizer], float],
    scale: float,
    rng: random.Random,
    offensive: Collection[str],
    console: Console,
) -> None:
    """Train `model` in place for `scale` times the stage's work; `watch` returns a figure of it."""
    total = int(scale * stage.epochs * len(stage.comments))
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=stage.rate, weight_decay=WEIGHT_DECAY, fused=True
    )
    start, seen, saved, loss_seen = time.monotonic(), 0, 0.0, 0.0
    with _bar(console) as bar:
        task = bar.add_task("training", total=total, loss=0.0)
        for batch in _endless(stage.comments, tokenizer, rng, offensive):
            done = seen / total
            if done >= 1:
                break
            optimiser.param_groups[0]["lr"] = stage.rate * rate(done)
            loss = _step(model, optimiser, batch)
            seen += len(batch.ids)
            loss_seen = 0.98 * loss_seen + 0.02 * loss if loss_seen else loss
            bar.update(task, completed=min(seen, total), loss=loss_seen)
            if done - saved > CHECKPOINT_EVERY:
                saved = done
                log.info(
                    "%d of %d comments, %.0f s: loss %.4f, AUC %.4f on the calibration set",
                    *(seen, total, time.monotonic() - start, loss_seen, watch(model, tokenizer)),
                )
    log.info("trained on %d comments in %.0f s", seen, time.monotonic() - start)


def rate(done: float) -> float:
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


def _checkpoint(
    calibration: list[datasets.Comment],
    out: Path,
    model: BertForSequenceClassification,
    tokenizer: Tokenizer,
) -> float:
    save_checkpoint(model, tokenizer, out)
    return toxicity_auc(model, tokenizer, calibration)


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
    comments: Sequence[datasets.Comment],
    tokenizer: Tokenizer,
    rng: random.Random,
    offensive: Collection[str],
) -> Iterator[batches.Batch]:
    while True:
        yield from batches.epoch(comments, tokenizer, size=BATCH, rng=rng, offensive=offensive)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.4f}"),
        TimeRemainingColumn(),
        console=console,
    )
