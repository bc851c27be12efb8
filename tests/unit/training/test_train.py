from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs torch (see README)")
pytest.importorskip("detoxify", reason="the train extra is not installed")
pytest.importorskip("pyarrow", reason="the train extra is not installed")
pytest.importorskip("sklearn", reason="the train extra is not installed")

import torch

from moderation.domain.scores import LABELS
from moderation.training.fit import logits_of, masked_loss, share_of_rate
from moderation.training.model import load_checkpoint, plain_tokenizer
from moderation.training.train import train

NAN = float("nan")
RUDE, KIND = "You stupid fool, you idiot", "Thank you for this careful article"


@pytest.fixture(scope="session")
def trained(data: Path, encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained")
    train(data, out, scale=4, seed=1, made_up=200, progress=False, encoder=encoder)
    return out


def test_an_unknown_label_costs_nothing_and_teaches_nothing() -> None:
    logits = torch.zeros((2, 3), requires_grad=True)
    loss = masked_loss(logits, torch.tensor([[1.0, NAN, NAN], [0.0, 1.0, NAN]]))
    loss.backward()
    assert loss.item() == pytest.approx(0.6931, abs=1e-4)
    assert (logits.grad != 0).tolist() == [[True, False, False], [True, True, False]]


def test_rows_without_any_known_label_give_no_nan() -> None:
    loss = masked_loss(torch.zeros((1, 2)), torch.full((1, 2), NAN))
    assert loss.item() == 0.0


def test_the_learning_rate_rises_then_falls_to_nothing() -> None:
    assert [share_of_rate(0.0), share_of_rate(0.05), share_of_rate(1.0)] == pytest.approx(
        [0.0, 1.0, 0.0]
    )
    assert share_of_rate(0.5) > share_of_rate(0.9)


def test_the_checkpoint_scores_alike_in_the_real_detoxify(trained: Path) -> None:
    from detoxify import Detoxify

    real = Detoxify(
        checkpoint=str(trained / "checkpoint.ckpt"), huggingface_config_path=str(trained)
    )
    assert tuple(real.class_names) == LABELS
    ours = logits_of(load_checkpoint(trained), plain_tokenizer(trained), [RUDE, KIND])
    for text, logits in zip((RUDE, KIND), ours, strict=True):
        expected = 1 / (1 + torch.exp(-torch.tensor(logits)))
        assert list(real.predict(text).values()) == pytest.approx(expected.tolist(), abs=1e-5)


def test_the_checkpoint_needs_no_pickled_code(trained: Path) -> None:
    loaded = torch.load(trained / "checkpoint.ckpt", weights_only=True)
    assert loaded["config"]["dataset"]["args"]["classes"] == list(LABELS)
    assert json.loads((trained / "config.json").read_text())["num_hidden_layers"] == 1


def test_what_was_taught_was_learnt(trained: Path) -> None:
    rude, kind = logits_of(load_checkpoint(trained), plain_tokenizer(trained), [RUDE, KIND])
    assert rude[0] > kind[0]


def test_the_same_seed_gives_the_same_weights_on_any_number_of_cores(
    data: Path, encoder: Path, tmp_path: Path
) -> None:
    for processes in (1, 2):
        train(
            data,
            tmp_path / str(processes),
            scale=0.2,
            seed=5,
            made_up=50,
            processes=processes,
            progress=False,
            encoder=encoder,
        )
    one, two = (load_checkpoint(tmp_path / name).state_dict() for name in ("1", "2"))
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_a_member_that_is_kept_is_not_trained_again(
    data: Path, encoder: Path, trained: Path, tmp_path: Path
) -> None:
    shutil.copytree(trained, tmp_path / "again")
    before = load_checkpoint(tmp_path / "again")
    for changed in (tmp_path / "again" / "wide").iterdir():
        changed.unlink()
    train(
        data, tmp_path / "again", keep=True, scale=0.1, made_up=50, progress=False, encoder=encoder
    )
    kept, fresh = (
        torch.equal(
            load_checkpoint(trained / name).state_dict()["classifier.weight"],
            load_checkpoint(tmp_path / "again" / name).state_dict()["classifier.weight"],
        )
        for name in ("natural", "wide")
    )
    assert kept
    assert not fresh
    assert not torch.equal(
        before.state_dict()["classifier.weight"],
        load_checkpoint(tmp_path / "again").state_dict()["classifier.weight"],
    )
