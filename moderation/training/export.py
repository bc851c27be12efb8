"""From a checkpoint to the folder that the service loads: ONNX, int8, tokenizer, `model.json`.

Calibration is no part of the graph's interface: it is already folded into the classifier
(`calibrate.py`), so a served score is `sigmoid(logit)`. Nothing here trains or measures.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from moderation.domain.scores import LABELS
from moderation.scoring.windows import Closer
from moderation.training.graph import Logits, lean
from moderation.training.model import MAX_POSITIONS

INPUTS = ("input_ids",)
OUTPUT = "logits"
OPSET = 23  # the first with attention as one operator

#: A served window in tokens, [CLS] and [SEP] included, and how many of them neighbours share.
WINDOW = 256
STRIDE = 64

#: How sentences count by themselves. Chosen on natural and news comments of development: with less
#: of a discount more benign long comments are held than abuse in them is worth, and a text that
#: scores under 0.05 hides next to nothing.
CLOSER = Closer(above=0.05, discount=2.5)


def export_fp32(model: PreTrainedModel, path: Path, *, longest: int = MAX_POSITIONS) -> None:
    """Write the model as float32 ONNX: int64 (batch, tokens) → float32 (batch, labels).

    `longest` is the most tokens that it reads at once, special ones included. Nothing is masked:
    the texts of a batch must be equally long, and none padded.
    """
    shape = {0: torch.export.Dim("batch"), 1: torch.export.Dim("tokens", max=longest)}
    with lean(model):
        program = torch.onnx.export(
            Logits(model).eval(),
            (torch.full((2, 16), 7),),
            dynamo=True,
            opset_version=OPSET,
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            dynamic_shapes=(shape,),
            verbose=False,
        )
    if program is None:
        raise RuntimeError("the exporter returned no program")
    program.save(str(path))
    graph = onnx.load(str(path))
    del graph.graph.value_info[:]  # the exporter's intermediate shapes trip the quantiser's check
    onnx.save(graph, str(path))


def quantise(fp32: Path, int8: Path) -> None:
    """Write the dynamic int8 form: weights a channel at a time, activations at run time.

    The activations' range is taken over the whole batch, so a text must be scored alone for its
    score not to depend on its neighbours.
    """
    quantize_dynamic(
        fp32,
        int8,
        per_channel=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gemm", "Gather"],
    )
    onnx.checker.check_model(str(int8))


def write_bundle(graph: Path, tokenizer: Tokenizer, out: Path, *, version: str) -> None:
    """Write `model.onnx`, a copy of `graph`, with `tokenizer.json` and `model.json` beside it.

    The thresholds are 1.0, so that nothing is held, until `write_manifest` is told better ones.
    """
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(graph, out / "model.onnx")
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    write_manifest(out, version=version, thresholds=dict.fromkeys(LABELS, 1.0))


def write_manifest(
    out: Path, *, version: str, thresholds: Mapping[str, float], closer: Closer | None = None
) -> None:
    """Write `model.json`, which pins the other two files by size and SHA-256.

    Without `closer` no sentence is read alone.
    """
    manifest: dict[str, Any] = {
        "format": 1,
        "name": "compact-en",
        "version": version,
        "labels": list(LABELS),
        "inputs": list(INPUTS),
        "output": OUTPUT,
        "activation": "sigmoid",
        "max_tokens": WINDOW,
        "stride": STRIDE,
        "closer": closer and asdict(closer),
        "languages": ["en"],
        "thresholds": {label: thresholds[label] for label in LABELS},
        "files": {name: pin(out / name) for name in ("model.onnx", "tokenizer.json")},
    }
    (out / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")


def pin(path: Path) -> dict[str, Any]:
    """Return a file's entry in `model.json`: its SHA-256 and its size in bytes."""
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
