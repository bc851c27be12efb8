"""From a loaded Detoxify checkpoint to folders that the service loads, float32 and int8.

The graph, the tokenizer and the window are the checkpoint's own, and so is every score: nothing is
calibrated, trained or measured here. The token types that BERT and ALBERT know are all 0 for a
single text, which is what the graph takes where it isn't given any; RoBERTa's and XLM-R's
positions, which start after the padding's, are counted inside the graph.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers import Tokenizer

from moderation.scoring.detoxify import DetoxifyScorer
from moderation.scoring.onnx import Manifest
from moderation.scoring.scorer import ScorerUnavailableError
from moderation.training.export import INPUTS, OUTPUT, export_fp32, pin, quantise

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

#: What can be served. int8 is quantised from float32, so the latter is always made.
FORMS = ("int8", "fp32")
#: The files of a served folder; the last one pins the others.
FILES = ("model.onnx", "tokenizer.json", "model.json")


def convert(
    scorer: DetoxifyScorer, out: Path, *, forms: tuple[str, ...], thresholds: Mapping[str, float]
) -> dict[str, Path]:
    """Write one folder a form under `out` and return them, float32 first.

    `thresholds`: label → the score from which a comment is held; labels the model doesn't know are
    left out. Raises ScorerUnavailableError when model or tokenizer have no form for serving.
    """
    tokenizer = _tokenizer(scorer.tokenizer)
    folders: dict[str, Path] = {
        form: out / form for form in ("fp32", "int8") if form in (*forms, "fp32")
    }
    for form, folder in folders.items():
        folder.mkdir(parents=True)
        if form == "fp32":
            _export(scorer, folder / "model.onnx")
        else:
            quantise(folders["fp32"] / "model.onnx", folder / "model.onnx")
        tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
        manifest = _manifest(scorer, folder, form, thresholds)
        text = manifest.model_dump_json(by_alias=True, exclude_none=True, indent=2)
        (folder / "model.json").write_text(text + "\n", encoding="utf-8")
    return folders


def _export(scorer: DetoxifyScorer, path: Path) -> None:
    try:
        export_fp32(scorer.network, path, longest=scorer.window)
    except Exception as error:  # the exporter raises what it likes, and goes on for pages
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        kind = scorer.network.config.model_type
        raise ScorerUnavailableError(f"a {kind} model can't be exported: {reason}") from error


def _tokenizer(built: PreTrainedTokenizerBase) -> Tokenizer:
    """Return a copy of the library's tokenizer as one of `tokenizers`, which serving reads."""
    if not built.is_fast:
        raise ScorerUnavailableError(
            f"{type(built).__name__} is no tokenizer of the `tokenizers` library, so it can't be "
            "served: give a folder with its tokenizer.json"
        )
    written = json.loads(built.backend_tokenizer.to_str())
    if written["model"]["type"] == "Unigram":
        _make_unspellable(written, set(built.all_special_tokens) - {built.unk_token})
    tokenizer = Tokenizer.from_str(json.dumps(written))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _make_unspellable(written: dict[str, Any], marks: set[str]) -> None:
    """Rename the model's own marks among the pieces of a text, at the same places.

    A Unigram vocabulary lists them with the best of all scores, so that a comment with "</s>" in it
    would be given the model's separator. No piece of a text has a space.
    """
    renamed = set()
    for piece in written["model"]["vocab"]:
        if piece[0] in marks:
            renamed.add(piece[0])
            piece[0] = f" {piece[0]}"
    written["added_tokens"] = [
        token for token in written["added_tokens"] if token["content"] not in renamed
    ]


def _manifest(
    scorer: DetoxifyScorer, folder: Path, form: str, thresholds: Mapping[str, float]
) -> Manifest:
    return Manifest.model_validate(
        {
            "format": 1,
            "name": scorer.model.name,
            # The forms score differently, and a decision names its model by this alone.
            "version": f"{scorer.model.version}-{form}",
            "labels": scorer.labels,
            "languages": scorer.model.languages,
            "inputs": INPUTS,
            "output": OUTPUT,
            "activation": "sigmoid",
            "max_tokens": scorer.window,
            "stride": scorer.overlap,
            "normalise": scorer.normalise,
            "thresholds": {one: thresholds[one] for one in scorer.labels if one in thresholds},
            "files": {name: pin(folder / name) for name in ("model.onnx", "tokenizer.json")},
        }
    )
