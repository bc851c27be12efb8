"""Checkpoints: the mean of two models' weights."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("transformers", reason="the train extra is not installed")

from moderation.training.model import (  # noqa: E402
    blend,
    fresh_model,
    load_checkpoint,
    plain_tokenizer,
    save_checkpoint,
)


def test_a_blend_is_the_mean_of_all(encoder: Path, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two", "three")]
    for seed, folder in enumerate(folders):
        torch.manual_seed(seed)
        save_checkpoint(fresh_model(encoder), plain_tokenizer(encoder), folder)
    blend(folders, tmp_path / "mean")
    states = [load_checkpoint(folder).state_dict() for folder in folders]
    found = load_checkpoint(tmp_path / "mean").state_dict()
    assert not torch.equal(states[0]["classifier.weight"], states[1]["classifier.weight"])
    for name, weights in found.items():
        assert torch.allclose(weights, sum(state[name] for state in states) / 3)
