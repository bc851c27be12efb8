"""The default scorer: a compact ONNX model with its tokenizer, one text at a time.

It loads a folder as `training/export.py` writes it: `model.json` pins the other files by SHA-256,
and nothing is loaded that differs. Texts are never batched or padded: dynamic int8 takes its range
over the whole input, so a neighbour would move the score.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError
from tokenizers import Tokenizer

from moderation.domain.policy import Language
from moderation.domain.scores import ModelInfo, Scores
from moderation.scoring.scorer import Reading, ScorerUnavailableError
from moderation.scoring.windows import Closer, Windows

_ERRORS_ONLY = 3  # onnxruntime's severity scale: 2 is warnings, 3 errors
#: Its operator for a sum and its normalisation takes seven times as long as the two by themselves
#: (384 wide, onnxruntime 1.31, x86-64): a tenth of a score.
_SLOWER = ["SkipLayerNormFusion"]


class _Pin(BaseModel):
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: int


class _Files(BaseModel):
    model: Annotated[_Pin, Field(alias="model.onnx")]
    tokenizer: Annotated[_Pin, Field(alias="tokenizer.json")]


class Manifest(BaseModel):
    """`model.json`: what the model answers and how long a window it reads, in tokens."""

    format: Literal[1]
    name: Annotated[str, Field(min_length=1)]
    version: Annotated[str, Field(min_length=1)]
    labels: Annotated[tuple[str, ...], Field(min_length=1)]
    #: A text is read alone and whole, so that a mask, of a graph that asks for one, is all ones.
    inputs: tuple[Literal["input_ids"]] | tuple[Literal["input_ids"], Literal["attention_mask"]]
    output: str
    activation: Literal["sigmoid"]
    max_tokens: Annotated[int, Field(ge=8)]
    stride: Annotated[int, Field(ge=0)]  # the tokens that neighbouring windows share
    #: How sentences count by themselves; without it they don't.
    closer: Closer | None = None
    #: Whether a text's normalised form is read as well. To a model of many scripts it is noise.
    normalise: bool = True
    #: ISO 639 codes of the languages that it reads; without them, all.
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] | None = None
    thresholds: dict[str, float]
    files: _Files


def read_manifest(directory: Path) -> Manifest:
    """Read `model.json` of a model folder; raises ScorerUnavailableError when it isn't one."""
    try:
        return Manifest.model_validate_json((directory / "model.json").read_bytes())
    except OSError as error:
        raise ScorerUnavailableError(
            f"no model in {directory}: model.json: {error.strerror}"
        ) from None
    except ValidationError as error:
        raise ScorerUnavailableError(
            f"{directory / 'model.json'} is not a manifest: {error}"
        ) from None


class OnnxScorer:
    """A model folder, loaded. Raises ScorerUnavailableError when its files are not intact."""

    def __init__(self, directory: Path, *, threads: int = 1) -> None:
        manifest = read_manifest(directory)
        weights = _intact(directory / "model.onnx", manifest.files.model.sha256)
        vocabulary = _intact(directory / "tokenizer.json", manifest.files.tokenizer.sha256)
        self._output, self.labels = manifest.output, manifest.labels
        self._is_masked = "attention_mask" in manifest.inputs
        self._normalise = manifest.normalise
        self.model = ModelInfo(manifest.name, manifest.version, manifest.languages)
        try:
            self._session = _session(weights, threads)
            self._tokenizer = _tokenizer(vocabulary)
            self._windows = Windows(
                self._encode,
                size=manifest.max_tokens,
                overlap=manifest.stride,
                locate=self._locate,
                closer=manifest.closer,
            )
        except Exception as error:  # both libraries raise what they like for a file they can't read
            raise ScorerUnavailableError(f"{directory}: {type(error).__name__}: {error}") from error
        width = {output.name: output.shape[-1] for output in self._session.get_outputs()}
        if width.get(self._output) != len(self.labels):
            raise ScorerUnavailableError(
                f"{directory}: model.onnx has no {self._output!r} of {len(self.labels)} labels"
            )

    def score(self, text: str) -> Scores:
        """Return each label's probability; see `scorer.Scorer`."""
        return self.read(text).scores

    def read(self, text: str) -> Reading:
        """Return each label's probability, and the worst part; see `scorer.PlacingScorer`."""
        worst = self._windows.worst(text, self._infer, normalise=self._normalise)
        return Reading(dict(zip(self.labels, worst.values.tolist(), strict=True)), worst.part)

    def _encode(self, text: str) -> Sequence[int]:
        ids: list[int] = self._tokenizer.encode(text).ids
        return ids

    def _locate(self, text: str) -> Sequence[tuple[int, int]]:
        places: list[tuple[int, int]] = self._tokenizer.encode(text).offsets
        return places

    def _infer(self, window: Sequence[int]) -> NDArray[np.floating]:
        ids = np.array([window], dtype=np.int64)
        feed = {"input_ids": ids}
        if self._is_masked:
            feed["attention_mask"] = np.ones_like(ids)
        logits = self._session.run([self._output], feed)[0][0].astype(np.float64)
        probabilities: NDArray[np.floating] = 1.0 / (1.0 + np.exp(-logits))
        return probabilities


def _session(weights: bytes, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    return onnxruntime.InferenceSession(
        weights, options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOWER
    )


def _tokenizer(vocabulary: bytes) -> Tokenizer:
    tokenizer = Tokenizer.from_buffer(vocabulary)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    # A comment that spells "[SEP]" must not become the model's own separator.
    tokenizer.encode_special_tokens = True
    return tokenizer


def _intact(path: Path, pinned: str) -> bytes:
    """Return the file's content if it is the pinned one; what was checked is what is loaded."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ScorerUnavailableError(f"{path}: {error.strerror}") from None
    if hashlib.sha256(content).hexdigest() != pinned:
        raise ScorerUnavailableError(f"{path} is not the file that model.json pins by SHA-256")
    return content
