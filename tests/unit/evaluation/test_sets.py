"""Samples depend on the texts alone, and what training may read is left out."""

from __future__ import annotations

from moderation.evaluation.sets import SET_ASIDE, Labelled, distinct, held_out, length_of, sample
from moderation.training.split import part_of

TEXTS = [f"A made-up comment, number {number}." for number in range(400)]


def test_a_sample_does_not_depend_on_order_and_grows_by_adding() -> None:
    few = set(sample(TEXTS, 50, str))
    assert set(sample(TEXTS[::-1], 50, str)) == few
    assert few < set(sample(TEXTS, 100, str))
    assert sample(TEXTS, 400, str) == TEXTS
    kept = sample(TEXTS, 50, str)
    assert kept == [text for text in TEXTS if text in few]


def test_spellings_of_one_text_count_once_and_nothing_to_read_not_at_all() -> None:
    found = distinct(["One text!", "one  TEXT", "another", "!!", ""], str)
    assert found == ["One text!", "another"]


def test_only_the_part_that_training_sets_aside_is_measured() -> None:
    rows = held_out([{"text": text} for text in TEXTS], "text")
    assert 0 < len(rows) < len(TEXTS) / 2
    assert all(part_of(row["text"]) == SET_ASIDE for row in rows)


def test_a_set_keeps_the_truth_with_its_text() -> None:
    pairs = [(text, number % 2 == 0) for number, text in enumerate(TEXTS)]
    found = Labelled.of(pairs, "made up", 60)
    assert dict(zip(found.texts, found.positive, strict=True)).items() <= dict(pairs).items()
    assert len(found.texts) == 60
    assert len(Labelled.of([], "made up", 60).positive) == 0


def test_lengths_are_counted_in_words() -> None:
    lengths = [length_of("word " * count) for count in (1, 10, 11, 35, 36, 140, 141)]
    names = ["up to 10 words", "11 to 35", "36 to 140"]
    assert lengths == [names[0]] * 2 + [names[1]] * 2 + [names[2]] * 2 + ["over 140"]
