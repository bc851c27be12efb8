from __future__ import annotations

import random
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs torch (see README)")
pytest.importorskip("pyarrow", reason="the train extra is not installed")
pytest.importorskip("sklearn", reason="the train extra is not installed")

import numpy as np
import torch

from moderation.domain.scores import LABELS
from moderation.training.datasets import Comment
from moderation.training.distil import FAR, distil, squared_distance
from moderation.training.fit import logits_of
from moderation.training.model import (
    fresh_model,
    load_checkpoint,
    plain_tokenizer,
    save_checkpoint,
    shallower,
)
from moderation.training.recipe import Stage

UNLABELLED = (float("nan"),) * len(LABELS)
TEXTS = ("You stupid fool, you idiot", "Thank you for this careful article", "What a fool")


@pytest.fixture(scope="session")
def teacher(encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model of two layers that says something definite."""
    torch.manual_seed(3)
    model = fresh_model(encoder)
    model.config.num_hidden_layers = 2
    deeper = type(model)(model.config)
    with torch.no_grad():
        for weights in deeper.parameters():
            if weights.dim() == 2:  # as they are drawn, every text would be the same to it
                weights.normal_(0, 0.5)
    out = tmp_path_factory.mktemp("teacher")
    save_checkpoint(deeper, plain_tokenizer(encoder), out)
    return out


def test_two_logits_that_are_both_far_out_agree() -> None:
    far, farther, near = (torch.full((1, 2), value) for value in (FAR + 1, FAR + 9, FAR - 1))
    assert squared_distance(far, farther).item() == 0.0
    assert squared_distance(far, near).item() == pytest.approx(1.0)


def test_toxicity_weighs_most() -> None:
    taught = torch.zeros((1, len(LABELS)))
    first, second = taught.clone(), taught.clone()
    first[0, 0], second[0, 1] = 1.0, 1.0
    assert squared_distance(first, taught) > squared_distance(second, taught)


def test_a_shallower_model_is_some_of_the_layers_and_all_else(teacher: Path) -> None:
    deep, shallow = load_checkpoint(teacher), shallower(teacher, (1, 5))
    assert shallow.config.num_hidden_layers == len(shallow.bert.encoder.layer) == 1
    theirs, ours = deep.state_dict(), shallow.state_dict()
    for name, weights in ours.items():
        whence = name.replace("encoder.layer.0", "encoder.layer.1")
        assert torch.equal(weights, theirs[whence])


def test_a_student_comes_to_say_what_its_teacher_says_without_any_label(teacher: Path) -> None:
    stage = Stage([Comment(text, "made up", UNLABELLED) for text in TEXTS], 200, 1e-3)
    tokenizer = plain_tokenizer(teacher)
    reached: list[int] = []
    student = distil(
        teacher,
        stage,
        (0,),
        rng=random.Random(1),
        offensive=frozenset(),
        seen=lambda comments, _: reached.append(comments),
    )
    assert sum(reached) == len(TEXTS) * 200
    wanted = logits_of(load_checkpoint(teacher), tokenizer, TEXTS)

    def distance(logits: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> float:
        return float(np.abs(logits - wanted).mean())

    before = distance(logits_of(shallower(teacher, (0,)), tokenizer, TEXTS))
    assert distance(logits_of(student, tokenizer, TEXTS)) < before / 2
