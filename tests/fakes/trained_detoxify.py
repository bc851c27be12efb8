"""Small checkpoints in Detoxify's format with tokenizers really trained, one a family of models.

WordPiece for BERT, byte-level BPE for RoBERTa, SentencePiece's Unigram for XLM-R and ALBERT, each
trained on made-up mild text by the library that its authors used. The weights are random but
seeded, and far from zero, so that texts differ in their scores.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sentencepiece
import torch
import transformers
from tokenizers import ByteLevelBPETokenizer
from tokenizers.implementations import BertWordPieceTokenizer

from tests.fakes.tiny_detoxify import JIGSAW

FAMILIES = ("bert", "roberta", "xlm-roberta", "albert")
#: A window in tokens, special ones included: small, so that long texts are cheap.
WINDOW = 64
VOCABULARY = 400
SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "initializer_range": 0.5,
}

_TEXT = """\
you are an idiot good day to all thank for this careful article about the garden bench where
birds sing in our quiet green street and nobody reads it twice what nonsense I'd rather walk home
grüße an alle schöne Straße où êtes-vous merci за статью добрый день всем teşekkürler güzel ¿qué
tal? 你好 世界"""


def sentences(count: int = 400) -> Iterator[str]:
    """Yield made-up sentences in the words of several languages, with marks, cases and digits."""
    dice, known = random.Random(5), _TEXT.split()
    for number in range(count):
        words = dice.choices(known, k=dice.randint(3, 14))
        line = " ".join(words).capitalize() + dice.choice((".", "!", "?!", "...", " :)"))
        yield f"{line} ({number})" if number % 5 == 0 else line


def build(folder: Path, family: str) -> Path:
    """Write checkpoint, configuration and tokenizer into `folder`; returns the checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    names, config = _TRAINED[family](folder)
    settings = {"tokenizer_class": names["tokenizer_name"], "model_max_length": WINDOW}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    torch.manual_seed(20)
    model = getattr(transformers, names["model_name"])(config(num_labels=len(JIGSAW), **SIZES))
    model.config.save_pretrained(folder)
    weights = model.state_dict()
    if family == "bert":  # the published checkpoints are older than this buffer's removal
        weights["bert.embeddings.position_ids"] = torch.arange(WINDOW)[None]
    # `model_type` is the folder: the library itself finds there what it would ask the hub for.
    arch = names | {"model_type": str(folder), "num_classes": len(JIGSAW)}
    content = {"arch": {"args": arch}, "dataset": {"args": {"classes": list(JIGSAW)}}}
    torch.save({"config": content, "state_dict": weights}, folder / f"{family}.ckpt")
    return folder / f"{family}.ckpt"


def _bert(folder: Path) -> tuple[dict[str, str], Any]:
    tokenizer = BertWordPieceTokenizer()
    tokenizer.train_from_iterator(sentences(), vocab_size=VOCABULARY, show_progress=False)
    tokenizer.save_model(str(folder))
    names = {"model_name": "BertForSequenceClassification", "tokenizer_name": "BertTokenizer"}
    return names, _config(
        "BertConfig",
        tokenizer.get_vocab_size(),
        positions=WINDOW,
        pad=tokenizer.token_to_id("[PAD]"),
    )


def _roberta(folder: Path) -> tuple[dict[str, str], Any]:
    tokenizer = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(
        sentences(), vocab_size=VOCABULARY, special_tokens=special, show_progress=False
    )
    tokenizer.save_model(str(folder))
    names = {"model_name": "RobertaForSequenceClassification", "tokenizer_name": "RobertaTokenizer"}
    return names, _config("RobertaConfig", tokenizer.get_vocab_size(), positions=WINDOW + 2, pad=1)


def _xlm_roberta(folder: Path) -> tuple[dict[str, str], Any]:
    size = _unigram(folder / "sentencepiece.bpe.model")
    names = {
        "model_name": "XLMRobertaForSequenceClassification",
        "tokenizer_name": "XLMRobertaTokenizer",
    }
    # Its own vocabulary starts one later than SentencePiece's and ends with the mask.
    return names, _config("XLMRobertaConfig", size + 2, positions=WINDOW + 2, pad=1)


def _albert(folder: Path) -> tuple[dict[str, str], Any]:
    special = {"pad_id": 0, "unk_id": 1, "bos_id": -1, "eos_id": -1}
    size = _unigram(
        folder / "spiece.model", control_symbols=["[CLS]", "[SEP]", "[MASK]"], **special
    )
    names = {"model_name": "AlbertForSequenceClassification", "tokenizer_name": "AlbertTokenizer"}
    return names, _config("AlbertConfig", size, positions=WINDOW, pad=0, embedding_size=8)


def _unigram(path: Path, **options: Any) -> int:
    with path.open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=sentences(),
            model_writer=file,
            vocab_size=VOCABULARY,
            hard_vocab_limit=False,
            character_coverage=1.0,
            minloglevel=2,
            **options,
        )
    return int(sentencepiece.SentencePieceProcessor(str(path)).vocab_size())


def _config(name: str, vocabulary: int, *, positions: int, pad: int, **more: int) -> Any:
    def build(**sizes: Any) -> Any:
        return getattr(transformers, name)(
            vocab_size=vocabulary,
            max_position_embeddings=positions,
            pad_token_id=pad,
            **more,
            **sizes,
        )

    return build


_TRAINED = {
    "bert": _bert,
    "roberta": _roberta,
    "xlm-roberta": _xlm_roberta,
    "albert": _albert,
}
