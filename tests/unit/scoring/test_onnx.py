"""The ONNX scorer loads what its manifest pins and nothing else."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from moderation.scoring import registry
from moderation.scoring.onnx import OnnxScorer
from moderation.scoring.scorer import ScorerUnavailableError


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(registry.default_model_dir(), tmp_path / "model"))


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def change_manifest(directory: Path, **changes: object) -> None:
    path = directory / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def replace_pinned(directory: Path, name: str, content: bytes) -> None:
    """Put another file in place and pin it, as a broken export would."""
    manifest = json.loads((directory / "model.json").read_text())
    manifest["files"][name]["sha256"] = hashlib.sha256(content).hexdigest()
    (directory / name).write_bytes(content)
    (directory / "model.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda copy: flip_a_byte(copy / "model.onnx"), "SHA-256"),
        (lambda copy: flip_a_byte(copy / "tokenizer.json"), "SHA-256"),
        (lambda copy: (copy / "model.onnx").unlink(), "model.onnx: No such file"),
        (lambda copy: (copy / "model.json").unlink(), "model.json: No such file"),
        (lambda copy: (copy / "model.json").write_text("{"), "not a manifest"),
        (lambda copy: change_manifest(copy, format=2), "not a manifest"),
        (lambda copy: change_manifest(copy, activation="softmax"), "not a manifest"),
        (lambda copy: change_manifest(copy, labels=[]), "not a manifest"),
        (lambda copy: change_manifest(copy, languages=[]), "not a manifest"),
        (lambda copy: change_manifest(copy, languages=["english"]), "not a manifest"),
        (lambda copy: change_manifest(copy, max_tokens=64, stride=62), "can't share"),
        (lambda copy: change_manifest(copy, closer={"above": 0.1}), "not a manifest"),
        (lambda copy: change_manifest(copy, output="nothing"), "has no 'nothing'"),
        (lambda copy: change_manifest(copy, labels=["toxicity"]), "of 1 labels"),
        (lambda copy: replace_pinned(copy, "model.onnx", b"not onnx"), "model"),
        (lambda copy: replace_pinned(copy, "tokenizer.json", b"{}"), "model"),
    ],
)
def test_a_folder_that_is_not_intact_is_refused(
    copy: Path, damage: Callable[[Path], object], why: str
) -> None:
    damage(copy)
    with pytest.raises(ScorerUnavailableError, match=why):
        OnnxScorer(copy)


def test_a_text_can_not_spell_the_models_own_marks() -> None:
    scorer = OnnxScorer(registry.default_model_dir())
    marks = scorer._encode("")
    assert not set(marks) & set(scorer._encode("[CLS] and [SEP] and [PAD]")[1:-1])


def test_a_graph_that_asks_for_a_mask_is_given_ones(copy: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="the train extra is not installed")
    graph = onnx.parser.parse_model("""
        <ir_version: 10, opset_import: ["" : 20]>
        masked (int64[b, t] input_ids, int64[b, t] attention_mask) => (float[b, 6] logits)
        <float[1, 6] rising = {0.0, 1.0, 2.0, 3.0, 4.0, 5.0}, int64[1] tokens = {1}>
        {
            left = ReduceMean (attention_mask, tokens)
            share = Cast <to = 1> (left)
            logits = Mul (share, rising)
        }
    """)
    replace_pinned(copy, "model.onnx", graph.SerializeToString())
    change_manifest(copy, inputs=["input_ids", "attention_mask"])
    scores = OnnxScorer(copy).score("good day")
    assert list(scores.values()) == pytest.approx([1 / (1 + math.exp(-n)) for n in range(6)])


def test_threads_do_not_change_the_score() -> None:
    one = OnnxScorer(registry.default_model_dir(), threads=1)
    two = OnnxScorer(registry.default_model_dir(), threads=2)
    text = "You are an idiot, and I will say so again. " * 40
    assert one.score(text) == pytest.approx(two.score(text), abs=1e-4)


def test_the_manifest_says_which_languages_are_read(copy: Path) -> None:
    assert OnnxScorer(copy).model.languages == ("en",)
    manifest = json.loads((copy / "model.json").read_text())
    del manifest["languages"]
    (copy / "model.json").write_text(json.dumps(manifest))
    assert OnnxScorer(copy).model.languages is None


@pytest.mark.parametrize("insult", ["you are a stupid idiot", "you are a ｓｔｕｐｉｄ idiot"])
def test_of_a_long_text_the_worst_part_is_told(insult: str) -> None:
    scorer = OnnxScorer(registry.default_model_dir())
    praise = "what a lovely day, thank you for the good article. " * 40
    text = f"{praise}{insult}. {praise}"
    found = scorer.read(text)
    assert found.scores == scorer.score(text)
    assert found.worst_part is not None
    start, end = found.worst_part
    assert insult in text[start:end]
    assert end - start < len(text) // 2
    assert scorer.read(insult).worst_part is None


@pytest.mark.parametrize("count", [5, 20, 100])
def test_no_padding_hides_an_insult_from_the_shipped_model(count: int) -> None:
    directory = registry.default_model_dir()
    scorer = OnnxScorer(directory)
    thresholds = json.loads((directory / "model.json").read_text())["thresholds"]
    kind = "The weather was fine and we talked about the garden for a while. " * count
    insult = "You are a stupid idiot and a liar!"
    assert scorer.score(kind)["toxicity"] < 0.05
    reading = scorer.read(f"{kind}{insult} {kind}")
    assert reading.scores["toxicity"] >= thresholds["toxicity"]
    assert reading.worst_part == (len(kind), len(kind) + len(insult))


def test_without_it_in_the_manifest_no_sentence_is_read_alone(copy: Path) -> None:
    manifest = json.loads((copy / "model.json").read_text())
    del manifest["closer"]
    (copy / "model.json").write_text(json.dumps(manifest))
    kind = "The weather was fine and we talked about the garden for a while. " * 10
    reading = OnnxScorer(copy).read(f"{kind}You are a stupid idiot and a liar! {kind}")
    assert reading.worst_part is None or reading.worst_part[0] == 0
    assert (
        reading.scores["toxicity"]
        < OnnxScorer(registry.default_model_dir()).score(
            f"{kind}You are a stupid idiot and a liar! {kind}"
        )["toxicity"]
    )
