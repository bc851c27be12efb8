"""The original models: the `detoxify` library's checkpoints, run in its own model classes.

The library reads checkpoints as pickles that may run code, and cuts a text at 512 tokens without
a word. Here a checkpoint is read as tensors only and a text by windows; building the model stays
the library's work. Needs the `detoxify` extra. A local checkpoint never asks the network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import file_digest
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moderation.domain.scores import ModelInfo, Scores
from moderation.scoring.scorer import Reading, ScorerUnavailableError
from moderation.scoring.windows import Windows

try:
    import detoxify.detoxify as library
    import torch
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase
except ImportError as missing:
    raise ScorerUnavailableError(
        f"install the extra for this scorer: comment-moderation[detoxify] ({missing})"
    ) from None

#: The published models that can be asked for by name; the library downloads them once.
NAMES = ("original", "unbiased", "multilingual")

#: What they were trained on (unitaryai/detoxify, README): English, or the languages of the Jigsaw
#: Multilingual challenge. A local checkpoint does not say, so it counts as reading all.
_LANGUAGES = {
    "original": ("en",),
    "unbiased": ("en",),
    "multilingual": ("en", "fr", "es", "it", "pt", "tr", "ru"),
}

#: The longest window in tokens: what the published models were trained on.
MAX_TOKENS = 512
#: A quarter of the window is shared, so that a sentence cut by one window stands whole in the next.
OVERLAP_SHARE = 4

#: From a checkpoint's class names to the public ones (unitaryai/detoxify, `load_checkpoint`).
_PUBLIC_NAMES = {
    "toxic": "toxicity",
    "severe_toxic": "severe_toxicity",
    "identity_hate": "identity_attack",
}

#: How torch names what a checkpoint must not call.
_FORBIDDEN = re.compile(r"Unsupported global: GLOBAL (\S+)")

#: What torch and transformers raise for a file that is missing, damaged or no checkpoint.
_UNREADABLE = (
    OSError,
    RuntimeError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    UnpicklingError,
)


class DetoxifyScorer:
    """A Detoxify model, loaded on the CPU. Its labels are those of its checkpoint, in order.

    `network` and `tokenizer` are what the library built; `window` and `overlap` count tokens;
    `normalise` says whether a text's normalised form is read as well.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        labels: Sequence[str],
        info: ModelInfo,
    ) -> None:
        self.network = model.eval()
        self.tokenizer = tokenizer
        self.window = _window_size(model.config, tokenizer)
        self.overlap = self.window // OVERLAP_SHARE
        locate = self._locate if tokenizer.is_fast else None  # the others keep no places
        self._windows = Windows(self._encode, size=self.window, overlap=self.overlap, locate=locate)
        # A multilingual model reads other scripts itself; romanised they are only noise to it.
        self.normalise = model.config.model_type != "xlm-roberta"
        self.labels = tuple(_PUBLIC_NAMES.get(label, label) for label in labels)
        self.model = info

    @classmethod
    def published(cls, name: str, *, threads: int = 1) -> DetoxifyScorer:
        """Load one of NAMES; downloads it on first use, verified by the hash in its file name."""
        torch.set_num_threads(threads)
        url = library.MODEL_URLS[name]
        try:
            loaded = torch.hub.load_state_dict_from_url(
                url, map_location="cpu", check_hash=True, weights_only=True
            )
            arch, labels = _described(loaded)
            model, tokenizer = _built(arch, loaded["state_dict"])
        except _UNREADABLE as error:
            raise ScorerUnavailableError(f"detoxify:{name}: {_first_line(error)}") from error
        version = url.rsplit("-", 1)[-1].removesuffix(".ckpt")
        info = ModelInfo(f"detoxify-{name}", version, _LANGUAGES[name])
        return cls(model, tokenizer, labels, info)

    @classmethod
    def local(cls, checkpoint: Path, config_dir: Path, *, threads: int = 1) -> DetoxifyScorer:
        """Load a checkpoint in Detoxify's format with its configuration and tokenizer folder."""
        torch.set_num_threads(threads)
        if not config_dir.is_dir():
            raise ScorerUnavailableError(f"{config_dir} is not a folder")
        try:
            loaded = torch.load(checkpoint, map_location="cpu", weights_only=True)
            arch, labels = _described(loaded)
            # `model_type` is where the library looks for configuration and tokenizer; a folder
            # keeps it off the network, and, unlike its own parameter for one, keeps the number of
            # classes that the checkpoint states.
            arch["model_type"] = str(config_dir)
            model, tokenizer = _built(arch, loaded["state_dict"])
            with checkpoint.open("rb") as file:
                version = file_digest(file, "sha256").hexdigest()[:12]
        except _UNREADABLE as error:
            raise ScorerUnavailableError(f"{checkpoint}: {_first_line(error)}") from error
        return cls(model, tokenizer, labels, ModelInfo(f"detoxify-{checkpoint.stem}", version))

    def score(self, text: str) -> Scores:
        """Return each label's probability; see `scorer.Scorer`."""
        return self.read(text).scores

    def read(self, text: str) -> Reading:
        """Return each label's probability, and the worst part; see `scorer.PlacingScorer`."""
        worst = self._windows.worst(text, self._infer, normalise=self.normalise)
        return Reading(dict(zip(self.labels, worst.values.tolist(), strict=True)), worst.part)

    def _encode(self, text: str) -> Sequence[int]:
        # A comment that spells "[SEP]" must not become the model's own separator.
        ids: list[int] = self.tokenizer(text, split_special_tokens=True, verbose=False)["input_ids"]
        return ids

    def _locate(self, text: str) -> Sequence[tuple[int, int]]:
        found = self.tokenizer(
            text, split_special_tokens=True, verbose=False, return_offsets_mapping=True
        )
        places: list[tuple[int, int]] = found["offset_mapping"]
        return places

    @torch.inference_mode()
    def _infer(self, window: Sequence[int]) -> NDArray[np.floating]:
        ids = torch.tensor([list(window)])
        logits = self.network(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
        probabilities: NDArray[np.floating] = torch.sigmoid(logits)[0].double().numpy()
        return probabilities


def _described(loaded: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return a checkpoint's architecture arguments and class names; ValueError if it has none."""
    try:
        arch = dict(loaded["config"]["arch"]["args"])
        labels = [str(label) for label in loaded["config"]["dataset"]["args"]["classes"]]
        model_name, tokenizer_name = str(arch["model_name"]), str(arch["tokenizer_name"])
    except (KeyError, TypeError) as error:
        raise ValueError("not a checkpoint in Detoxify's format") from error
    # The library looks both up by name in `transformers`: nothing else there may be called.
    if not model_name.endswith("ForSequenceClassification") or "Tokenizer" not in tokenizer_name:
        raise ValueError("the checkpoint names no text classifier with its tokenizer")
    return arch, labels


def _built(
    arch: Mapping[str, Any], weights: Mapping[str, Any]
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Let the library build model and tokenizer; ValueError when a weight would be left random."""
    model, tokenizer = library.get_model_and_tokenizer(**arch, state_dict=dict(weights))
    missing = model.state_dict().keys() - weights.keys()
    if missing:
        raise ValueError(f"the checkpoint lacks {len(missing)} of the model's weights")
    return model, tokenizer


def _window_size(config: PretrainedConfig, tokenizer: PreTrainedTokenizerBase) -> int:
    """Return how many tokens the model reads at once, special tokens included."""
    try:
        positions = config.max_position_embeddings
    except AttributeError:
        raise ScorerUnavailableError(
            f"a {config.model_type} model has no number of positions to cut windows by"
        ) from None
    if "roberta" in config.model_type:
        positions -= config.pad_token_id + 1  # its position ids start after the padding's
    return int(min(MAX_TOKENS, positions, tokenizer.model_max_length))


def _first_line(error: Exception) -> str:
    """Say what went wrong in one line; torch's messages go on for a page."""
    if named := _FORBIDDEN.search(str(error)):
        # torch's own first line advises to load the file anyway.
        return (
            f"UnpicklingError: it asks to call {named[1]} while it is read, which could run "
            "any code; only checkpoints of tensors and plain values are loaded"
        )
    return f"{type(error).__name__}: {error}".splitlines()[0]
