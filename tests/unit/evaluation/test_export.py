"""`moderation export`: small checkpoints of four families, served as the Detoxify class scores."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("torch", reason="exporting needs torch and the train extra")
pytest.importorskip("detoxify", reason="exporting needs torch and the train extra")
pytest.importorskip("onnx", reason="exporting needs torch and the train extra")
pytest.importorskip("onnxscript", reason="exporting needs torch and the train extra")
pytest.importorskip("pyarrow", reason="exporting needs torch and the train extra")
pytest.importorskip("sklearn", reason="exporting needs torch and the train extra")

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from detoxify import Detoxify
from rich.console import Console
from sklearn.metrics import roc_auc_score

from moderation.cli import main
from moderation.evaluation.parity import compare
from moderation.evaluation.parity_report import document
from moderation.evaluation.samples import MADE_UP, Sample, SamplesError, read
from moderation.scoring.detoxify import DetoxifyScorer
from moderation.scoring.onnx import OnnxScorer, read_manifest
from moderation.scoring.scorer import ScorerUnavailableError
from moderation.training.convert import convert
from tests.fakes import trained_detoxify
from tests.fakes.trained_detoxify import FAMILIES, WINDOW

# torch's exporter and onnxruntime's quantiser warn of their own coming changes.
pytestmark = pytest.mark.filterwarnings("ignore")

#: One window of any of the tokenizers, and the same read normalised.
SHORT = (
    "",
    " \t\n",
    "You are an idiot!",
    "grüße an alle 👍🏽",
    "e\u0301 \u200bи 你好",
    "a\x00b",
    "I'd",
)


@dataclass(frozen=True)
class Export:
    """A checkpoint, the library's class on it, both served forms, and how far they are apart."""

    family: str
    original: Detoxify
    folders: dict[str, Path]
    report: dict[str, Any]


def export(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["export", *(str(one) for one in arguments)])


@pytest.fixture(scope="module", params=FAMILIES)
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Export:
    folder = tmp_path_factory.mktemp(request.param)
    checkpoint = trained_detoxify.build(folder, request.param)
    scorer = DetoxifyScorer.local(checkpoint, folder)
    folders = convert(scorer, folder / "served", forms=("int8",), thresholds={"toxicity": 0.5})
    samples = [Sample(text, bool(number % 2)) for number, text in enumerate(some_texts())]
    compared = {"texts": compare(scorer, folders, samples, Console())}
    report = document(read_manifest(folders["int8"]), compared, forms=list(folders))
    return Export(request.param, Detoxify(checkpoint=str(checkpoint)), folders, report)


def some_texts() -> Sequence[str]:
    return [*SHORT, *trained_detoxify.sentences(12), "good day to all " * 60]


def test_it_serves_what_detoxify_scores(done: Export) -> None:
    scorer = OnnxScorer(done.folders["fp32"])
    assert scorer.labels == tuple(done.original.class_names)
    for text in (*SHORT, *trained_detoxify.sentences(8)):
        served, theirs = scorer.score(text), done.original.predict(text)
        if done.original.tokenizer(text)["input_ids"] == tokens_read(scorer, text):
            assert served == pytest.approx(theirs, abs=1e-4)
        assert all(served[label] >= theirs[label] - 1e-4 for label in theirs)


def tokens_read(scorer: OnnxScorer, text: str) -> list[int] | None:
    """Return the tokens of a text's only window; None where it has several."""
    seen: list[list[int]] = []

    def infer(window: Sequence[int]) -> Any:
        seen.append(list(window))
        return scorer._infer(window)

    scorer._windows.worst(text, infer, normalise=scorer._normalise)
    return seen[0] if len(seen) == 1 else None


def test_the_tokens_are_detoxifys_own(done: Export) -> None:
    scorer = OnnxScorer(done.folders["int8"])
    for text in some_texts():
        theirs = done.original.tokenizer(text, verbose=False)["input_ids"]
        assert list(scorer._encode(text)) == theirs
    marks = scorer._encode("")
    assert not set(marks) & set(
        scorer._encode("".join(done.original.tokenizer.all_special_tokens))[1:-1]
    )


def test_a_long_text_scores_at_least_what_detoxify_read_of_it(done: Export) -> None:
    text = "good day to all " * 60 + "you idiot"
    assert len(done.original.tokenizer(text, verbose=False)["input_ids"]) > WINDOW
    served, theirs = OnnxScorer(done.folders["fp32"]).score(text), done.original.predict(text)
    assert all(served[label] >= theirs[label] - 1e-4 for label in theirs)


def test_the_manifest_is_the_checkpoints(done: Export) -> None:
    manifest = read_manifest(done.folders["int8"])
    assert manifest.max_tokens == WINDOW
    assert manifest.thresholds == {"toxicity": 0.5}
    assert manifest.normalise is (done.family != "xlm-roberta")


def test_the_report_has_the_difference_and_the_decisions(done: Export) -> None:
    assert done.report["disagreement"] <= 1e-4
    forms = done.report["texts"]["texts"]["forms"]
    assert set(forms) == {"fp32", "int8"}
    assert forms["fp32"]["read alike"]["labels"]["toxicity"]["largest"] <= 1e-4
    assert 0 < forms["int8"]["read alike"]["labels"]["toxicity"]["largest"] < 0.2
    assert forms["int8"]["more than one window"]["texts"] == 1
    whole = forms["int8"]["all"]
    assert whole["texts"] == len(some_texts())
    truth = [number % 2 for number in range(whole["texts"])]
    before = [done.original.predict(text)["toxicity"] for text in some_texts()]
    scorer = OnnxScorer(done.folders["int8"])
    after = [scorer.score(text)["toxicity"] for text in some_texts()]
    assert whole["AUC Detoxify"] == pytest.approx(roc_auc_score(truth, before), abs=1e-4)
    assert whole["AUC served"] == pytest.approx(roc_auc_score(truth, after), abs=1e-4)
    flips = [(was >= 0.5, now >= 0.5) for was, now in zip(before, after, strict=True)]
    assert whole["now held"] == flips.count((False, True))
    assert whole["no longer held"] == flips.count((True, False))


@pytest.mark.parametrize("form", ["int8", "fp32"])
def test_the_command_writes_a_served_folder_and_its_report(tmp_path: Path, form: str) -> None:
    checkpoint = trained_detoxify.build(tmp_path / "checkpoint", "xlm-roberta")
    data, policy, out = (tmp_path / name for name in ("texts.jsonl", "policy.toml", "out"))
    rows = [{"text": text, "toxic": number % 2} for number, text in enumerate(some_texts())]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    policy.write_text('name = "half"\n[thresholds]\ntoxicity = 0.5\ninsult = 0.9\n')
    options = ("--form", form, "--out", out, "--data", data, "--policy", policy)
    result = export("--checkpoint", checkpoint, *options)
    assert result.exit_code == 0, result.output
    assert f"onnx:{out}" in result.stdout
    names = {"model.json", "model.onnx", "report.json", "report.md", "tokenizer.json"}
    assert {path.name for path in out.iterdir()} == names
    scorer = OnnxScorer(out)
    assert scorer.model.name == "detoxify-xlm-roberta"
    assert scorer.model.version.endswith(f"-{form}")
    assert read_manifest(out).thresholds == {"toxicity": 0.5, "insult": 0.9}
    report = json.loads((out / "report.json").read_text())
    assert set(report["texts"]) == {"made-up texts", "your texts"}
    assert report["thresholds"] == {"toxicity": 0.5, "insult": 0.9}
    written = "".join(one.read_text() for one in (out / "report.md", out / "report.json"))
    for text in (*some_texts(), *(sample.text for sample in MADE_UP)):
        assert len(text) < 4 or text not in written + result.output


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_flipped_byte_is_refused(done: Export, name: str) -> None:
    path = done.folders["fp32"] / name
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    try:
        with pytest.raises(ScorerUnavailableError, match="SHA-256"):
            OnnxScorer(done.folders["fp32"])
    finally:
        path.write_bytes(whole)


def test_a_graph_that_scores_otherwise_is_not_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = trained_detoxify.build(tmp_path / "checkpoint", "bert")
    monkeypatch.setattr("moderation.evaluation.parity_report.LIMIT", 0.0)
    monkeypatch.setattr("moderation.evaluation.export.LIMIT", 0.0)
    result = export("--checkpoint", checkpoint, "--out", tmp_path / "out", "--form", "fp32")
    assert result.exit_code == 1
    assert "nothing was put in place" in result.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"report.md", "report.json"}


def test_a_published_model_out_of_reach_is_one_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no network here")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "")
    monkeypatch.setenv("https_proxy", "")
    result = export("--name", "original", "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert re.fullmatch(r"Error: detoxify:original: .*no network here.*\n", result.stderr)
    assert not (tmp_path / "out").exists()


def test_what_is_missing_is_one_message(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.ckpt"
    torch.save({"state_dict": {}}, damaged)
    result = export("--checkpoint", damaged)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {damaged}: ValueError: not a checkpoint")
    assert export("--checkpoint", damaged, "--name", "original").exit_code == 2


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"text": 1}', '{"text": "fine day", "toxic": 2}', '{"txt": "fine day"}']
)
def test_a_line_that_is_no_text_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text(f'{{"text": "a"}}\n{line}\n')
    with pytest.raises(SamplesError, match="row 2 is not") as refused:
        read(path)
    assert "fine day" not in str(refused.value)


def test_texts_come_from_parquet_too(tmp_path: Path) -> None:
    path = tmp_path / "texts.parquet"
    pq.write_table(pa.Table.from_pylist([{"text": "a", "toxic": 1}, {"text": "b"}]), path)
    assert [(sample.text, sample.toxic) for sample in read(path)] == [("a", True), ("b", None)]
    path.write_bytes(b"no parquet")
    with pytest.raises(SamplesError, match="can't be read as Parquet"):
        read(path)
