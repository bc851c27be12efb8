from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="exporting needs torch and the train extra")
pytest.importorskip("detoxify", reason="exporting needs torch and the train extra")
pytest.importorskip("onnx", reason="exporting needs torch and the train extra")
pytest.importorskip("onnxscript", reason="exporting needs torch and the train extra")

import onnx
import onnxruntime
import torch

from moderation.scoring.detoxify import DetoxifyScorer
from moderation.training.export import export_fp32
from tests.fakes import trained_detoxify

# torch's exporter warns of its own coming changes.
pytestmark = pytest.mark.filterwarnings("ignore")

LAYERS = trained_detoxify.SIZES["num_hidden_layers"]


@pytest.mark.parametrize("family", ["roberta", "albert"])
def test_the_lean_graph_says_the_same_and_leaves_the_model_as_it_was(
    family: str, tmp_path: Path
) -> None:
    checkpoint = trained_detoxify.build(tmp_path, family)
    network = DetoxifyScorer.local(checkpoint, tmp_path).network
    ids = torch.randint(5, 50, (3, 21), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        before = network(input_ids=ids).logits
        export_fp32(network, tmp_path / "model.onnx", longest=trained_detoxify.WINDOW)
        assert torch.equal(network(input_ids=ids).logits, before)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    (logits,) = session.run(["logits"], {"input_ids": ids.numpy()})
    assert logits == pytest.approx(before.numpy(), abs=1e-4)
    graph = onnx.load(tmp_path / "model.onnx").graph
    operators = Counter(node.op_type for node in graph.node)
    assert operators["Attention"] == LAYERS
    assert not operators["Softmax"]


def test_the_last_layer_works_out_the_first_token_alone(tmp_path: Path) -> None:
    checkpoint = trained_detoxify.build(tmp_path, "roberta")
    network = DetoxifyScorer.local(checkpoint, tmp_path).network
    export_fp32(network, tmp_path / "model.onnx", longest=trained_detoxify.WINDOW)
    model = onnx.load(tmp_path / "model.onnx")
    widened = [node.output[0] for node in model.graph.node if node.op_type == "Gelu"]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in widened)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    states = session.run(widened, {"input_ids": torch.full((1, 21), 7).numpy()})
    assert [state.shape[1] for state in states] == [21] * (LAYERS - 1) + [1]
