"""Every set that is measured on, made up and tiny, in the layout of the real ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

WORD_SCORER = "python:tests.unit.evaluation.word_scorer:make"

PLEASANT = (
    "thank", "you", "for", "this", "good", "careful", "article", "about", "the", "garden", "behind",
    "our", "church", "and", "its", "quiet", "green", "bench", "where", "birds", "sing", "in",
)  # fmt: skip
RUDE = ("idiot", "fool", "stupid")
IDENTITIES = ("muslim", "christian", "deaf", "old", "middle aged")
JIGSAW = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
PERSPECTIVE = ("toxicity", "severe_toxicity", "insult", "profanity", "threat", "identity_attack")
UNHEALTHY = ("hostile", "antagonize", "dismissive", "condescending", "generalisation", "sarcastic")


def sentence(rng: random.Random, *, rude: bool, length: int = 9) -> str:
    """Return a made-up comment, unlike any other one by its words' order."""
    chosen = [rng.choice(PLEASANT) for _ in range(length)]
    if rude:
        chosen[rng.randrange(length)] = rng.choice(RUDE)
    return " ".join(chosen).capitalize() + "!"


def _rows(rng: random.Random, count: int) -> Iterator[tuple[str, bool]]:
    for number in range(count):
        rude = number % 3 == 0
        yield sentence(rng, rude=rude), rude


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all sets; a third of most is rude, and said to be."""
    pa = pytest.importorskip("pyarrow", reason="the train extra is not installed")
    pq = pytest.importorskip("pyarrow.parquet", reason="the train extra is not installed")
    root, rng = tmp_path_factory.mktemp("data"), random.Random(11)

    def write(source: str, rows: list[dict[str, object]]) -> None:
        path = root / f"{source}.parquet"
        path.parent.mkdir(exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows), path)

    def some(text: str, count: int, **columns: object) -> list[dict[str, object]]:
        """Return rows; a column given as (if rude, if not) follows the text."""
        return [
            {text: said, **{name: pair[not rude] for name, pair in columns.items()}}  # type: ignore[index]
            for said, rude in _rows(rng, count)
        ]

    for source in ("natural_dev", "enriched_dev"):
        rows = some("comment_text", 300, **dict.fromkeys(JIGSAW, (1, 0)))
        unknown = [dict(row, **dict.fromkeys(JIGSAW[1:])) for row in rows[:100]]
        write(f"jigsaw2018/{source}", unknown + rows[100:])
    hostile = dict.fromkeys(UNHEALTHY, (1, 0))
    write("unhealthy_comments_globe_mail/val", some("comment", 60, healthy=(0, 1), **hostile))
    write(
        "toxic_spans_civil/comments_with_annotator_spans",
        some("comment_text", 60, frac_not_toxic=(0.2, 0.9)),
    )
    write("davidson_tweets/labeled_data", some("tweet", 240, **{"class": (0, 2)}))
    write("hatemoji/hatemojibuild_validation", some("text", 60, label_gold=(1, 0)))
    write("edos_sexism/aggregated", some("text", 60, label_sexist=("sexist", "not sexist")))
    talk = some("text", 120, label=(1, 0), api=(0.8, 0.1))
    write("cat_wikipedia_context/cat_large_gn", talk)
    write("cat_wikipedia_context/cat_small", some("text", 60, label_oc=(1, 0)))
    pairs = [
        {"toxic": sentence(rng, rude=True), "neutral1": sentence(rng, rude=False)}
        for _ in range(60)
    ]
    write("paradetox/paradetox", pairs)
    write("goemotions_reddit/dev", some("text", 60, labels=("3", "17,27")))
    scores = dict.fromkeys(PERSPECTIVE, (0.9, 0.1))
    write(
        "perspective_scores/texts_with_perspective_scores",
        some("text", 60, class_=("toxic", "non_toxic"), **scores),
    )
    write("surge_profanity/profanity_en", [{"text": word} for word in (*RUDE, "two words")])
    frames = [
        (f"{name} is a {word} ", word in RUDE) for name in "ABCD" for word in ("kind", "idiot")
    ]
    write(
        "bias_madlibs_77k/bias_madlibs_77k",
        [
            {"Text": frame + one, "Label": "BAD" if rude else "NOT_BAD"}
            for frame, rude in frames
            for one in IDENTITIES
        ],
    )
    return root
