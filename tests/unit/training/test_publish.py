from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch (see README)")
pytest.importorskip("detoxify", reason="the train extra is not installed")
pytest.importorskip("onnx", reason="the train extra is not installed")
pytest.importorskip("onnxscript", reason="the train extra is not installed")
pytest.importorskip("pyarrow", reason="the train extra is not installed")
pytest.importorskip("sklearn", reason="the train extra is not installed")

import torch

from moderation.domain.scores import LABELS
from moderation.scoring.onnx import read_manifest
from moderation.training import calibrate
from moderation.training.export import CLOSER
from moderation.training.fit import logits_of
from moderation.training.model import (
    fresh_model,
    load_checkpoint,
    plain_tokenizer,
    save_checkpoint,
)
from moderation.training.publish import FORMS, publish, served

TEXTS = ["You stupid fool", "Thank you for this careful article about the garden!", "good"]

# torch's exporter and onnxruntime's quantiser warn of their own coming changes.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="session")
def published(data: Path, encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("published")
    torch.manual_seed(2)
    save_checkpoint(fresh_model(encoder), plain_tokenizer(encoder), out)
    figures = publish(data, out, version="7")
    (out / "figures.json").write_text(json.dumps(figures))
    return out


def test_the_exported_graph_scores_as_torch_does(published: Path) -> None:
    logits = logits_of(load_checkpoint(published), plain_tokenizer(published), TEXTS)
    exported = served(published / "fp32", TEXTS)
    assert exported == pytest.approx(1 / (1 + np.exp(-logits)), abs=1e-5)


def test_the_int8_graph_stays_close(published: Path) -> None:
    int8 = served(published / "int8", TEXTS)
    assert int8 == pytest.approx(served(published / "fp32", TEXTS), abs=0.05)


def test_the_manifest_pins_every_file(published: Path) -> None:
    manifest = json.loads((published / "int8" / "model.json").read_text())
    assert manifest["version"] == "7"
    assert manifest["labels"] == list(LABELS)
    for name, pin in manifest["files"].items():
        content = (published / "int8" / name).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (
            pin["sha256"],
            pin["bytes"],
        )
    assert all(0 < manifest["thresholds"][label] <= 1 for label in LABELS)


def test_the_manifest_says_how_sentences_count(published: Path) -> None:
    for form in FORMS:
        assert read_manifest(published / form).closer == CLOSER


def test_the_shipped_tokenizer_neither_cuts_nor_pads(published: Path) -> None:
    settings = json.loads((published / "int8" / "tokenizer.json").read_text())
    assert settings["truncation"] is None
    assert settings["padding"] is None


def test_the_figures_cover_both_forms_and_all_labels(published: Path) -> None:
    figures = json.loads((published / "figures.json").read_text())
    assert set(figures) == {"int8", "fp32"}
    assert set(figures["int8"]["auc"]) == set(LABELS)
    assert figures["int8"]["comments"] > 100


def test_platt_recovers_a_slope_and_a_bias_and_skips_unknown_labels() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (20_000, 2))
    truth = (rng.random((20_000, 2)) < 1 / (1 + np.exp(-(0.5 * logits - 1)))).astype(float)
    truth[10_000:, 1] = np.nan
    slopes, biases = calibrate.platt(logits, truth)
    assert slopes == pytest.approx([0.5, 0.5], abs=0.05)
    assert biases == pytest.approx([-1, -1], abs=0.1)


def test_folding_changes_the_logits_as_the_calibration_says(encoder: Path) -> None:
    tokenizer = plain_tokenizer(encoder)
    model = fresh_model(encoder)
    before = logits_of(model, tokenizer, TEXTS)
    calibrate.fold(model, np.full(6, 2.0), np.arange(6.0))
    after = logits_of(model, tokenizer, TEXTS)
    assert after == pytest.approx(before * 2 + np.arange(6.0), abs=1e-5)


def test_what_toxicity_denies_is_implied_only_where_unknown() -> None:
    nan = float("nan")
    truth = np.array([[0.0, nan, 1.0], [1.0, nan, 0.0]])
    assert calibrate.implied(truth) == pytest.approx(
        np.array([[0.0, 0.0, 1.0], [1.0, nan, 0.0]]), nan_ok=True
    )


def test_thresholds_hold_no_more_benign_comments_than_allowed() -> None:
    scores = np.random.default_rng(2).random((1000, 6))
    benign = np.arange(1000) % 2 == 0
    thresholds = np.array(calibrate.hold_thresholds(scores, benign, 0.06))
    held = (scores[benign] >= thresholds).any(axis=1).mean()
    assert 0.03 < held <= 0.06


def test_thresholds_have_a_floor_and_need_benign_comments() -> None:
    quiet = np.full((50, 6), 0.001)
    assert calibrate.hold_thresholds(quiet, np.ones(50, bool), 0.03) == list(
        calibrate.LEAST_THRESHOLDS
    )
    with pytest.raises(ValueError, match="benign"):
        calibrate.hold_thresholds(quiet, np.zeros(50, bool), 0.03)
