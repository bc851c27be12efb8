"""From scores of parts to words with weights: signed, finite, the strongest first."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.domain.comment import Submission
from moderation.domain.explanation import (
    MOST_WORDS,
    NOTHING,
    Places,
    labels_of,
    sentence_of,
    texts_of,
    weighed,
    worst_first,
    worst_of,
)
from moderation.domain.spans import Span, pieces

TEXT = "you are no idiot"


def test_labels_are_those_over_the_floor_or_held_for() -> None:
    scores = {"toxicity": 0.4, "insult": 0.9, "threat": 0.02, "obscene": 0.1, "other": 0.01}
    assert labels_of(scores, ()) == ["insult", "toxicity", "obscene"]
    assert labels_of(scores, {"threat"}) == ["insult", "toxicity", "obscene", "threat"]
    assert labels_of({"toxicity": 0.0999}, ()) == []


def test_the_worst_part_is_the_first_of_equals() -> None:
    parts = {Span(0, 1): {"x": 0.2}, Span(2, 3): {"x": 0.7}, Span(4, 5): {"x": 0.7}}
    assert worst_of("x", parts) == Span(2, 3)
    assert worst_of("x", {}) is None


def test_the_place_that_counted_is_read_first() -> None:
    view = Submission(site="s", text="<b>One</b>. Two. Three. Four.", text_format="html").plain()
    parts = pieces(view.text)
    assert worst_first(parts, view, None) == parts
    found = worst_first(parts, view, (14, 20))
    assert [part.of(view.text) for part in found] == ["Two.", "Three.", "One.", "Four."]


def test_each_word_is_read_in_two_ways() -> None:
    sentence = sentence_of(TEXT, Span(8, 16), {})
    assert [(word.without, word.alone) for word in sentence.words] == [
        ("idiot", "no"), ("no", "idiot"),
    ]  # fmt: skip
    assert list(texts_of([sentence])) == [NOTHING, "idiot", "no", "no", "idiot"]


def test_a_word_by_itself_leaves_nothing_and_is_read_against_nothing() -> None:
    (word,) = sentence_of("idiot", Span(0, 5), {}).words
    assert (word.without, word.alone) == (NOTHING, "idiot")


def test_weights_are_halves_of_what_is_lost_and_what_is_said_alone() -> None:
    sentence = sentence_of(TEXT, Span(0, 16), {"x": 0.5})
    read = {text: {"x": 0.5} for text in texts_of([sentence])}
    read["you are no"] = {"x": 0.1}  # without "idiot"
    read["idiot"] = {"x": 0.9}
    read["you are  idiot"] = {"x": 0.9}  # without "no"
    found = [(word.span.of(TEXT), round(word.weight, 6)) for word in weighed("x", sentence, read)]
    whole = round(math.log(9), 6)
    assert found == [("idiot", whole), ("you", 0), ("are", 0), ("no", -round(math.log(9) / 2, 6))]


def test_a_word_of_which_a_text_was_not_read_is_left_out() -> None:
    sentence = sentence_of(TEXT, Span(0, 16), {"x": 0.5})
    read = {text: {"x": 0.5} for text in texts_of([sentence])}
    for missing, left in (("idiot", 3), ("you are no", 3), (NOTHING, 0)):
        rest = {text: scores for text, scores in read.items() if text != missing}
        assert len(weighed("x", sentence, rest)) == left, missing


@given(st.lists(st.floats(0, 1), min_size=36, max_size=36))
@settings(deadline=None)
def test_weights_are_finite_whatever_the_scores(scores: list[float]) -> None:
    text = "so you are a very silly idiot and I am not the one who says it today"
    sentence = sentence_of(text, Span(0, len(text)), {"x": scores.pop()})
    read = {one: {"x": scores.pop()} for one in set(texts_of([sentence]))}
    weights = [word.weight for word in weighed("x", sentence, read)]
    assert len(weights) == MOST_WORDS
    assert all(math.isfinite(weight) for weight in weights)
    assert weights == sorted(weights, reverse=True)


@pytest.mark.parametrize(
    ("text", "start", "end", "utf16_start", "utf16_end"),
    [
        ("an idiot", 3, 8, 3, 8),
        ("🖕 idiot", 2, 7, 3, 8),
        ("🖕 𝐢𝐝𝐢𝐨𝐭!", 2, 7, 3, 13),
        ("<b>id</b>i&#111;t", 3, 17, 3, 17),
        ("<p>e\u0301 <i>i\u0336diot\u0301</i>", 9, 16, 9, 16),
    ],
)
def test_places_are_in_the_submitted_text(
    text: str, start: int, end: int, utf16_start: int, utf16_end: int
) -> None:
    view = Submission(site="s", text=text, text_format="html").plain()
    (piece,) = pieces(view.text)
    last = sentence_of(view.text, piece, {}).words[-1]
    assert Places(view, text).of(last.span) == {
        "start": start, "end": end, "utf16_start": utf16_start, "utf16_end": utf16_end,
    }  # fmt: skip
