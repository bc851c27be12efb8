"""Trains the shipped model: labelled comments in, a checkpoint in Detoxify's format out.

The recipe's members are trained side by side, each in a process of one thread, so that a run
repeats whatever the number of cores; the model is taught by their mean (`distil.py`). Calibrating
and exporting are other steps (`publish.py`). No text is shown or logged, only counts and figures.
"""

from __future__ import annotations

import logging
import multiprocessing
import random
import time
from collections.abc import Callable, MutableMapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from transformers import BertForSequenceClassification

from moderation.training import model, recipe
from moderation.training.datasets import Comment
from moderation.training.distil import distil
from moderation.training.fit import endless, fit, masked_loss, toxicity_auc, work

log = logging.getLogger(__name__)

#: Seconds between two looks at how far the members are.
LOOK = 0.5

#: The mean of the members, in a folder of this name beside theirs.
MEAN = "mean"

#: How far each model is: comments seen, and the running mean of its loss.
Reached = MutableMapping[str, tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What every model's process needs."""

    seed: int
    encoder: Path | None
    offensive: frozenset[str]
    calibration: list[Comment]


@dataclass(frozen=True, slots=True)
class Job:
    """A model to train in a process of its own: how many comments it sees, and how it is made."""

    name: str
    comments: int
    out: Path
    make: Callable[[random.Random, Callable[[int, float], None]], BertForSequenceClassification]


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

    Each member's own checkpoint is left in a folder of its name in `out`, their mean in `mean`;
    with `keep`, a member that is there already is taken as it is. `scale` multiplies the work. A
    run repeats from `seed` on the same kind of machine. Raises FileNotFoundError when a source is
    missing under `data`.
    """
    comments = recipe.comments(data, seed=seed, made_up=made_up)
    log.info(
        "training on %d comments; %d held out to test, %d to calibrate; %d near-duplicates dropped",
        *(len(part) for part in (comments.training, comments.test, comments.calibration)),
        comments.dropped,
    )
    harder = recipe.harder(data, seed=seed, made_up=made_up)
    members = [_scaled(member, scale) for member in recipe.members(comments.training, harder)]
    lessons = _scaled_stage(recipe.lessons(comments.training, harder), scale)
    lesson = Lesson(seed, encoder, recipe.offensive_words(data), comments.calibration)
    console = Console(stderr=True, quiet=not progress)
    jobs = [
        Job(
            member.name,
            sum(map(work, member.stages)),
            out / member.name,
            partial(_member, member, lesson),
        )
        for member in members
        if not (keep and (out / member.name / model.CHECKPOINT).exists())
    ]
    _run(jobs, lesson, processes, console)
    model.blend([out / member.name for member in members], out / MEAN)
    last = Job("distilled", work(lessons), out, partial(_distilled, out / MEAN, lessons, lesson))
    _run([last], lesson, processes, console)


def _scaled(member: recipe.Member, scale: float) -> recipe.Member:
    return replace(member, stages=tuple(_scaled_stage(stage, scale) for stage in member.stages))


def _scaled_stage(stage: recipe.Stage, scale: float) -> recipe.Stage:
    return replace(stage, epochs=scale * stage.epochs)


def _run(jobs: Sequence[Job], lesson: Lesson, processes: int, console: Console) -> None:
    context = multiprocessing.get_context("spawn")
    with (
        context.Manager() as manager,
        _bar(console) as bar,
        ProcessPoolExecutor(processes, mp_context=context) as pool,
    ):
        reached: Reached = manager.dict()
        tasks = {job.name: bar.add_task(job.name, total=job.comments, loss=0.0) for job in jobs}
        running = {pool.submit(_trained, job, lesson, reached) for job in jobs}
        while running:
            done, running = wait(running, timeout=LOOK, return_when=FIRST_COMPLETED)
            for name, (seen, loss) in reached.items():
                bar.update(tasks[name], completed=seen, loss=loss)
            for ended in done:
                log.info("%s", ended.result())


def _trained(job: Job, lesson: Lesson, reached: Reached) -> str:
    """Make one model, leave it in the job's folder, and say how it went."""
    torch.set_num_threads(1)
    torch.manual_seed(lesson.seed)
    start, so_far, told = time.monotonic(), 0, time.monotonic()
    rng = random.Random(f"{job.name} {lesson.seed}")  # noqa: S311 - shuffling, no secret

    def seen(comments: int, loss: float) -> None:
        nonlocal so_far, told
        so_far += comments
        if time.monotonic() - told > LOOK:
            told = time.monotonic()
            reached[job.name] = (so_far, loss)

    network = job.make(rng, seen)
    tokenizer = model.plain_tokenizer(lesson.encoder)
    model.save_checkpoint(network, tokenizer, job.out)
    auc = toxicity_auc(network, tokenizer, lesson.calibration)
    return (
        f"{job.name}: {so_far} comments in {time.monotonic() - start:.0f} s, "
        f"AUC {auc:.4f} on the calibration set"
    )


def _member(
    member: recipe.Member,
    lesson: Lesson,
    rng: random.Random,
    seen: Callable[[int, float], None],
) -> BertForSequenceClassification:
    network = model.fresh_model(lesson.encoder)
    tokenizer = model.plain_tokenizer(lesson.encoder)
    for stage in member.stages:
        comments = endless(stage.comments, tokenizer, rng, lesson.offensive)
        fit(network, comments, work(stage), rate=stage.rate, loss=masked_loss, seen=seen)
    return network


def _distilled(
    teacher: Path,
    stage: recipe.Stage,
    lesson: Lesson,
    rng: random.Random,
    seen: Callable[[int, float], None],
) -> BertForSequenceClassification:
    return distil(teacher, stage, recipe.LAYERS, rng=rng, offensive=lesson.offensive, seen=seen)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.4f}"),
        TimeRemainingColumn(),
        console=console,
    )
