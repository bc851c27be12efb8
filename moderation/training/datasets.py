"""The labelled comments that train the model, as rows of one shape.

Only sources whose licence allows it are read (the model card names them). A label that a source
does not know is NaN and is masked in the loss: unknown is not benign. Texts stay in memory; no
function here logs or raises one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from moderation.domain.scores import LABELS

#: Jigsaw's column for each label (Kaggle, Toxic Comment Classification Challenge).
JIGSAW_COLUMNS = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")

#: Where a class of an annotator's span belongs (Civil Comments span annotations).
SPAN_LABELS = {
    "Insult": "insult",
    "Identity based Attack": "identity_attack",
    "Threat": "threat",
    "Profane/Obscene": "obscene",
}

SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")
FEWEST_WORDS = 4

NATURAL = "jigsaw2018/natural_dev"
ENRICHED = "jigsaw2018/enriched_dev"
SPANS = "toxic_spans_civil/comments_with_annotator_spans"
PARADETOX = "paradetox/paradetox"


@dataclass(frozen=True, slots=True)
class Comment:
    """One text, where it came from, and a probability or NaN for each of `LABELS`."""

    text: str
    source: str
    labels: tuple[float, ...]


def natural(data: Path) -> list[Comment]:
    """Return comments as they really come: the only source fit to measure and calibrate on."""
    return list(_jigsaw(data, NATURAL))


def auxiliary(data: Path) -> list[Comment]:
    """Return the sources that train only: enriched, or labelled for part of the question."""
    return [*_jigsaw(data, ENRICHED), *_spans(data), *_paradetox(data)]


def targets(comments: list[Comment]) -> npt.NDArray[np.float32]:
    """Return the labels as (comments, labels), NaN where unknown."""
    return np.array([comment.labels for comment in comments], dtype=np.float32).reshape(
        len(comments), len(LABELS)
    )


def rows(data: Path, source: str, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a source; raises FileNotFoundError when it is not under `data`."""
    yield from pq.read_table(data / f"{source}.parquet", columns=list(columns)).to_pylist()


def labels_of(known: Mapping[str, float]) -> tuple[float, ...]:
    """Return a value for each of `LABELS`, NaN for those that are not in `known`."""
    return tuple(known.get(label, float("nan")) for label in LABELS)


def _jigsaw(data: Path, source: str) -> Iterator[Comment]:
    table = rows(data, source, ("comment_text", *JIGSAW_COLUMNS))
    for row in table:
        labels = tuple(_known(row[column]) for column in JIGSAW_COLUMNS)
        yield Comment(str(row["comment_text"]), source, labels)


def _spans(data: Path) -> Iterator[Comment]:
    """Yield soft labels: the share of annotators who saw each kind of toxicity.

    `toxicity` is that share squared, the chance that two of them agree: all of these comments were
    reported once, and what only one in three minds is what news readers write.
    When somebody marked the whole comment as toxic, the kind is not known: all but `toxicity` are
    masked. Severity was never asked for. The sentences that no annotator marked follow as a comment
    of their own: every whole comment here was once reported, so that without them news comments
    would be learnt as toxic by their style.
    """
    columns = ("comment_text", "n_annotators", "n_all_toxic", "spans_by_annotation")
    for row in rows(data, SPANS, (*columns, "frac_not_toxic")):
        text, annotators = str(row["comment_text"]), int(str(row["n_annotators"]))
        marked_whole = int(str(row["n_all_toxic"]))
        spans = json.loads(str(row["spans_by_annotation"] or "[]"))
        kinds = _shares_of_kinds(spans, annotators) if not marked_whole else {}
        known = {"toxicity": (1.0 - float(str(row["frac_not_toxic"]))) ** 2, **kinds}
        yield Comment(text, SPANS, labels_of(known))
        if rest := _unmarked(text, [(span[2], span[3]) for span in spans]):
            shares = {"toxicity": min(1.0, marked_whole / annotators), **dict.fromkeys(kinds, 0.0)}
            yield Comment(rest, SPANS, labels_of(shares))


def _shares_of_kinds(spans: list[Any], annotators: int) -> dict[str, float]:
    seen: dict[str, set[int]] = {label: set() for label in SPAN_LABELS.values()}
    for annotation, kind, *_ in spans:
        if kind in SPAN_LABELS:
            seen[SPAN_LABELS[kind]].add(annotation)
    return {label: min(1.0, len(who) / annotators) for label, who in seen.items()}


def _unmarked(text: str, spans: list[tuple[int, int]]) -> str:
    """Return the sentences of four words or more that no span touches; '' without any span."""
    if not spans:
        return ""
    sentences = (
        sentence[0].strip()
        for sentence in SENTENCE.finditer(text)
        if not any(start < sentence.end() and end > sentence.start() for start, end in spans)
    )
    return " ".join(sentence for sentence in sentences if len(sentence.split()) >= FEWEST_WORDS)


def _paradetox(data: Path) -> Iterator[Comment]:
    """Yield each toxic sentence and its first neutral rewrite, which keeps the topic."""
    for row in rows(data, PARADETOX, ("toxic", "neutral1")):
        yield Comment(str(row["toxic"]), PARADETOX, labels_of({"toxicity": 1.0}))
        if row["neutral1"]:
            benign = dict.fromkeys(LABELS, 0.0)
            yield Comment(str(row["neutral1"]), PARADETOX, labels_of(benign))


def _known(value: object) -> float:
    return float("nan") if value is None else float(str(value))
