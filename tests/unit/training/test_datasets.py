from __future__ import annotations

import math
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="the train extra is not installed")

from moderation.domain.scores import LABELS
from moderation.training import datasets


def labels_of(comment: datasets.Comment) -> dict[str, float]:
    return dict(zip(LABELS, comment.labels, strict=True))


def known(comment: datasets.Comment) -> dict[str, float]:
    return {label: value for label, value in labels_of(comment).items() if not math.isnan(value)}


def test_a_null_label_is_unknown_and_not_benign(data: Path) -> None:
    comments = datasets.natural(data)
    assert len(comments) == 600
    assert known(comments[5]) == {"toxicity": 0.0}
    assert known(comments[4]) == dict.fromkeys(LABELS, 1.0)


def test_span_annotations_become_shares_of_the_annotators(data: Path) -> None:
    typed, whole = [c for c in datasets.auxiliary(data) if c.source == datasets.SPANS]
    assert known(typed) == {
        "toxicity": 0.75,
        "insult": 0.5,
        "threat": 0.25,
        "obscene": 0.0,
        "identity_attack": 0.0,
    }
    assert known(whole) == {"toxicity": 0.75}, "marked as a whole: the kind is not known"


def test_a_rewrite_is_benign_throughout_and_its_original_only_toxic(data: Path) -> None:
    toxic, neutral = [c for c in datasets.auxiliary(data) if c.source == datasets.PARADETOX]
    assert known(toxic) == {"toxicity": 1.0}
    assert known(neutral) == dict.fromkeys(LABELS, 0.0)


def test_targets_have_a_column_for_each_label(data: Path) -> None:
    assert datasets.targets(datasets.auxiliary(data)).shape == (804, len(LABELS))
    assert datasets.targets([]).shape == (0, len(LABELS))


def test_a_missing_source_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        datasets.natural(tmp_path)
