"""A tiny labelled data set in the layout that training reads, and a tiny encoder to train."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import pytest

PLEASANT = ("thank", "you", "for", "this", "good", "careful", "article", "about", "the", "garden")
RUDE = ("idiot", "fool", "stupid")
JIGSAW = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")


def sentence(rng: random.Random, *, rude: bool, length: int = 9) -> str:
    """Return a made-up comment, unlike any other one by its words' order."""
    chosen = [rng.choice(PLEASANT) for _ in range(length)]
    if rude:
        chosen[rng.randrange(length)] = rng.choice(RUDE)
    return " ".join(chosen).capitalize() + "!"


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four sources with every kind of label: known, unknown, soft, paired."""
    pa = pytest.importorskip("pyarrow", reason="the train extra is not installed")
    pq = pytest.importorskip("pyarrow.parquet", reason="the train extra is not installed")
    root, rng = tmp_path_factory.mktemp("data"), random.Random(7)

    def write(source: str, rows: list[dict[str, object]]) -> None:
        path = root / f"{source}.parquet"
        path.parent.mkdir(exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows), path)

    def jigsaw(number: int, *, only_toxic: bool) -> dict[str, object]:
        rude = number % 4 == 0
        others = None if only_toxic else int(rude)
        labels = dict.fromkeys(JIGSAW, others) | {"toxic": int(rude)}
        return {"id": str(number), "comment_text": sentence(rng, rude=rude), **labels}

    natural = [jigsaw(number, only_toxic=number % 8 > 4) for number in range(600)]
    copies = [
        dict(row, comment_text=str(row["comment_text"]).lower().strip("!")) for row in natural
    ]
    write("jigsaw2018/natural_dev", natural)
    write("jigsaw2018/enriched_dev", copies + [jigsaw(n, only_toxic=False) for n in range(200)])
    # Two rude sentences, each marked, around one that nobody marked.
    marked = "You are a fool. The garden is closed until May. You idiot!"
    spans = [[1, "Insult", 10, 14], [2, "Insult", 10, 14], [2, "Threat", 48, 57]]
    shared = {"n_annotators": 4, "frac_not_toxic": 0.25, "spans_by_annotation": json.dumps(spans)}
    rows = [{"comment_text": marked, "n_all_toxic": count, **shared} for count in (0, 1)]
    unmarked = dict(rows[1], spans_by_annotation=None, comment_text=sentence(rng, rude=True))
    write("toxic_spans_civil/comments_with_annotator_spans", [*rows, unmarked])
    pair = {"toxic": sentence(rng, rude=True), "neutral1": sentence(rng, rude=False)}
    write("paradetox/paradetox", [pair])
    for source, rows in beyond_news(rng).items():
        write(source, rows)
    return root


def beyond_news(rng: random.Random) -> dict[str, list[dict[str, object]]]:
    """Return rows of the sources that know a part of the labels, and of the word lists."""
    rude, kind = sentence(rng, rude=True), sentence(rng, rude=False)
    votes = {"count": 4, "neither": 1}
    tweets = [
        {"hate_speech": 1, "offensive_language": 2, "class": 1, "tweet": rude, **votes},
        {"hate_speech": 0, "offensive_language": 3, "class": 1, "tweet": rude, **votes},
        {"hate_speech": 3, "offensive_language": 0, "class": 0, "tweet": rude, **votes},
    ]
    hate = [
        {"text": rude, "label_gold": 1, "type": "threateninglanguage"},
        {"text": kind, "label_gold": 0, "type": "none"},
    ]
    sexism = [
        {"text": "To her.", "label_sexist": "not sexist", "label_category": "none"},
        {"text": rude, "label_sexist": "sexist", "label_category": "2. derogation"},
        {"text": rude, "label_sexist": "sexist", "label_category": "3. animosity"},
        {"text": "To him.", "label_sexist": "not sexist", "label_category": "none"},
    ]
    talk = [{"text": rude, "label": 1}, {"text": kind, "label": 0}, {"text": kind, "label": 0}]
    words = [
        {"text": word, "category_1": category, "severity_rating": 2.0}
        for word, category in (("oafs", "racial / ethnic slurs"), ("blasting", "other"))
    ]
    return {
        "davidson_tweets/labeled_data": tweets,
        "hatemoji/hatemojibuild_train": hate,
        "edos_sexism/aggregated": sexism,
        "goemotions_reddit/train": [
            {"text": kind, "labels": "[0, 17]"},
            {"text": rude, "labels": "[2]"},
        ],
        "cat_wikipedia_context/cat_large_gn": talk,
        "cat_wikipedia_context/cat_large_gc": talk,
        "bias_madlibs_77k/bias_madlibs_77k": [{"Text": "I despise  Poles"}],
        "surge_profanity/profanity_en": words,
    }


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A randomly initialised BERT of one small layer with a vocabulary of a few words."""
    torch = pytest.importorskip("torch", reason="training needs torch (see README)")
    transformers = pytest.importorskip("transformers", reason="the train extra is not installed")
    tokenizers = pytest.importorskip("tokenizers")
    folder = tmp_path_factory.mktemp("encoder")
    special = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    words = itertools.chain(special, PLEASANT, RUDE, "!")
    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = tokenizers.BertWordPieceTokenizer(vocab=vocabulary)
    tokenizer.enable_truncation(8)
    tokenizer.enable_padding(length=8)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(3)
    config = transformers.BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )
    transformers.BertModel(config).save_pretrained(folder)
    return folder
