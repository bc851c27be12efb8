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


def test_a_blend_is_the_mean_of_both_by_its_share(encoder: Path, tmp_path: Path) -> None:
    for seed, name in enumerate(("ours", "theirs")):
        torch.manual_seed(seed)
        save_checkpoint(fresh_model(encoder), plain_tokenizer(encoder), tmp_path / name)
    ours, theirs = (load_checkpoint(tmp_path / name).state_dict() for name in ("ours", "theirs"))
    blend({tmp_path / "ours": 3, tmp_path / "theirs": 1}, tmp_path / "mean")
    found = load_checkpoint(tmp_path / "mean").state_dict()
    assert not torch.equal(ours["classifier.weight"], theirs["classifier.weight"])
    for name, weights in found.items():
        assert torch.allclose(weights, 0.75 * ours[name] + 0.25 * theirs[name])
