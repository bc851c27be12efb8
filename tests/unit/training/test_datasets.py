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


def spans(data: Path) -> list[datasets.Comment]:
    return [c for c in datasets.auxiliary(data) if c.source == datasets.SPANS]


def test_span_annotations_become_shares_of_the_annotators_toxicity_squared(data: Path) -> None:
    typed, _, whole, _, unmarked = spans(data)
    assert known(typed) == {
        "toxicity": 0.5625,
        "insult": 0.5,
        "threat": 0.25,
        "obscene": 0.0,
        "identity_attack": 0.0,
    }
    # Marked as a whole: the kind is not known.
    assert known(whole) == known(unmarked) == {"toxicity": 0.5625}


def test_what_no_annotator_marked_is_a_comment_of_its_own(data: Path) -> None:
    _, rest, _, rest_of_whole, _ = spans(data)
    assert rest.text == rest_of_whole.text == "The garden is closed until May."
    assert set(known(rest).values()) == {0.0}
    assert len(known(rest)) == 5
    assert known(rest_of_whole) == {"toxicity": 0.25}, "one of four meant the rest too"


def test_a_rewrite_is_benign_throughout_and_its_original_only_toxic(data: Path) -> None:
    toxic, neutral = [c for c in datasets.auxiliary(data) if c.source == datasets.PARADETOX]
    assert known(toxic) == {"toxicity": 1.0}
    assert known(neutral) == dict.fromkeys(LABELS, 0.0)


def test_targets_have_a_column_for_each_label(data: Path) -> None:
    assert datasets.targets(datasets.auxiliary(data)).shape == (807, len(LABELS))
    assert datasets.targets([]).shape == (0, len(LABELS))


def test_a_missing_source_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        datasets.natural(tmp_path)
