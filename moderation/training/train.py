"""Trains the shipped model: labelled comments in, a checkpoint in Detoxify's format out.

The recipe's members are trained side by side, each in a process of one thread, so that a run
repeats whatever the number of cores; their mean is the model. Calibrating and exporting are other
steps (`calibrate.py`, `export.py`). No text is shown or logged, only counts and figures.
"""

from __future__ import annotations

import logging
import multiprocessing
import random
import time
from collections.abc import MutableMapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from moderation.training import model, recipe
from moderation.training.datasets import Comment
from moderation.training.fit import fit, toxicity_auc, work

log = logging.getLogger(__name__)

#: Seconds between two looks at how far the members are.
LOOK = 0.5

#: How far each member is: comments seen, and the running mean of its loss.
Reached = MutableMapping[str, tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a member's process needs beside the member."""

    seed: int
    encoder: Path | None
    offensive: frozenset[str]
    calibration: list[Comment]


def train(
    data: Path,
    out: Path,
    *,
    scale: float = 1.0,
    seed: int = 1,
    processes: int = 2,
    progress: bool = True,
    encoder: Path | None = None,
    keep: bool = False,
    made_up: int = recipe.MADE_UP,
) -> None:
    """Read the comments under `data`, train, and write the checkpoint into the folder `out`.

    Each member's own checkpoint is left in a folder of its name in `out`; with `keep`, one that is
    there already is taken as it is. `scale` multiplies the work. A run repeats from `seed` on the
    same kind of machine. Raises FileNotFoundError when a source is missing under `data`.
    """
    comments = recipe.comments(data, seed=seed, made_up=made_up)
    log.info(
        "training on %d comments; %d held out to test, %d to calibrate; %d near-duplicates dropped",
        *(len(part) for part in (comments.training, comments.test, comments.calibration)),
        comments.dropped,
    )
    members = recipe.members(data, comments.training, seed=seed, made_up=made_up)
    lesson = Lesson(seed, encoder, recipe.offensive_words(data), comments.calibration)
    _train_all(
        [_scaled(member, scale) for member in members
         if not (keep and (out / member.name / model.CHECKPOINT).exists())],
        lesson, out, processes, Console(stderr=True, quiet=not progress),
    )  # fmt: skip
    model.blend([out / member.name for member in members], out)


def _scaled(member: recipe.Member, scale: float) -> recipe.Member:
    stages = tuple(replace(stage, epochs=scale * stage.epochs) for stage in member.stages)
    return replace(member, stages=stages)


def _train_all(
    members: Sequence[recipe.Member], lesson: Lesson, out: Path, processes: int, console: Console
) -> None:
    context = multiprocessing.get_context("spawn")
    with (
        context.Manager() as manager,
        _bar(console) as bar,
        ProcessPoolExecutor(processes, mp_context=context) as pool,
    ):
        reached: Reached = manager.dict()
        tasks = {
            member.name: bar.add_task(member.name, total=sum(map(work, member.stages)), loss=0.0)
            for member in members
        }
        running = {
            pool.submit(_train_member, member, lesson, out / member.name, reached)
            for member in members
        }
        while running:
            done, running = wait(running, timeout=LOOK, return_when=FIRST_COMPLETED)
            for name, (seen, loss) in reached.items():
                bar.update(tasks[name], completed=seen, loss=loss)
            for ended in done:
                log.info("%s", ended.result())


def _train_member(member: recipe.Member, lesson: Lesson, out: Path, reached: Reached) -> str:
    """Train one model from the bare encoder, leave it in `out`, and say how it went."""
    torch.set_num_threads(1)
    torch.manual_seed(lesson.seed)
    start, so_far, told = time.monotonic(), 0, time.monotonic()
    network = model.fresh_model(lesson.encoder)
    tokenizer = model.plain_tokenizer(lesson.encoder)
    rng = random.Random(f"{member.name} {lesson.seed}")  # noqa: S311 - shuffling, no secret

    def seen(comments: int, loss: float) -> None:
        nonlocal so_far, told
        so_far += comments
        if time.monotonic() - told > LOOK:
            told = time.monotonic()
            reached[member.name] = (so_far, loss)

    for stage in member.stages:
        fit(network, tokenizer, stage, rng=rng, offensive=lesson.offensive, seen=seen)
        model.save_checkpoint(network, tokenizer, out)
    auc = toxicity_auc(network, tokenizer, lesson.calibration)
    return (
        f"{member.name}: {so_far} comments in {time.monotonic() - start:.0f} s, "
        f"AUC {auc:.4f} on the calibration set"
    )


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.4f}"),
        TimeRemainingColumn(),
        console=console,
    )
