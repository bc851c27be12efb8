"""A tiny checkpoint in Detoxify's format, random but seeded, built with the real libraries."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification

#: Class names as the Jigsaw checkpoints carry them, before the library renames them.
JIGSAW = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
POSITIONS = 256
WORDS = ("you", "are", "an", "idiot", "good", "day", "to", "all")


def build(folder: Path, classes: tuple[str, ...] = JIGSAW, **arch: Any) -> Path:
    """Write checkpoint, configuration and tokenizer into `folder`; returns the checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer()
    torch.manual_seed(20)
    model = BertForSequenceClassification(
        BertConfig(
            vocab_size=tokenizer.get_vocab_size(),
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=POSITIONS,
            initializer_range=0.5,  # far from zero, so that texts differ in their scores
            num_labels=len(classes),
        )
    )
    model.config.num_labels = 2  # as in the configurations that encoders are published with
    model.config.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "BertTokenizerFast", "model_max_length": POSITIONS}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    names = {
        "model_type": "bert-base-uncased",  # a hub name, as in the published checkpoints
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "BertTokenizerFast",
        "num_classes": len(classes),
    }
    config = {"arch": {"args": names | arch}, "dataset": {"args": {"classes": list(classes)}}}
    torch.save({"config": config, "state_dict": model.state_dict()}, folder / "tiny.ckpt")
    return folder / "tiny.ckpt"


def _tokenizer() -> Tokenizer:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = string.ascii_lowercase + string.digits + string.punctuation
    tokens = [*special, *WORDS, *letters, *(f"##{letter}" for letter in letters)]
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.add_special_tokens(special)
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"])
    )
    return tokenizer
