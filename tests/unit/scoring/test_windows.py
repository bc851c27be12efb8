"""Windows: no token is left out, none is too long, and the worst of both readings counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.scoring.windows import MAX_WINDOWS, Closer, TextTooLongError, Windows

CLS, SEP = -1, -2


def encode(text: str) -> list[int]:
    """One token a code point."""
    return [CLS, *map(ord, text), SEP]


@given(st.integers(0, 200), st.integers(4, 40), st.data())
def test_windows_cover_every_token_and_share_the_overlap(
    length: int, size: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, size - 3))
    text = "".join(map(chr, range(100, 100 + length)))
    found = list(Windows(encode, size=size, overlap=overlap).of(encode(text)))
    bodies = [window[1:-1] for window in found]
    assert all(window[0] == CLS and window[-1] == SEP for window in found)
    assert all(len(window) <= size for window in found)
    for body, following in pairwise(bodies):
        assert len(body) == size - 2
        assert following[:overlap] == body[len(body) - overlap :]
        assert len(following) > overlap
    joined = bodies[0] + [token for body in bodies[1:] for token in body[overlap:]]
    assert joined == encode(text)[1:-1]


def test_each_label_takes_its_own_worst_window() -> None:
    asked: list[Sequence[int]] = []

    def infer(window: Sequence[int]) -> np.ndarray:
        asked.append(window)
        return np.array([max(window) / 200, 1 - max(window) / 200])

    worst = Windows(encode, size=4, overlap=0).worst("aazz", infer).values
    assert asked == [[CLS, 97, 97, SEP], [CLS, 122, 122, SEP]]
    assert worst.tolist() == [122 / 200, 1 - 97 / 200]


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("", [""]),
        ("plain", ["plain"]),
        ("ⓘd", ["ⓘd", "id"]),
        ("😀", ["😀"]),
        ("a\ud800b", ["a?b", "ab"]),
    ],
)
def test_a_text_is_read_again_only_where_it_reads_differently(
    text: str, readings: list[str]
) -> None:
    asked: list[list[int]] = []

    def infer(window: Sequence[int]) -> np.ndarray:
        asked.append(list(window))
        return np.zeros(1)

    Windows(encode, size=50, overlap=0).worst(text, infer)
    assert asked == [encode(reading) for reading in readings]


def test_equal_tokens_are_not_scored_twice() -> None:
    asked: list[Sequence[int]] = []

    def infer(window: Sequence[int]) -> np.ndarray:
        asked.append(window)
        return np.zeros(1)

    windows = Windows(lambda text: [CLS, *([0] if text else []), SEP], size=50, overlap=0)
    windows.worst("ⓘd", infer)
    assert len(asked) == 1


def test_one_reading_is_enough_where_asked_for() -> None:
    asked: list[Sequence[int]] = []

    def infer(window: Sequence[int]) -> np.ndarray:
        asked.append(window)
        return np.zeros(1)

    Windows(encode, size=50, overlap=0).worst("ⓘd", infer, normalise=False)
    assert len(asked) == 1


def test_a_window_that_is_not_a_number_stays_one() -> None:
    answers = iter([np.array([0.5]), np.array([np.nan]), np.array([0.7])])
    worst = Windows(encode, size=4, overlap=0).worst("aabbcc", lambda _: next(answers)).values
    assert np.isnan(worst).all()


@pytest.mark.parametrize(("size", "overlap"), [(2, 0), (10, 8), (10, -1)])
def test_windows_that_can_not_advance_are_refused(size: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="windows of"):
        Windows(encode, size=size, overlap=overlap)


@pytest.mark.parametrize("character", ["a", "ⓘ"])
def test_a_reading_of_the_most_windows_is_scored_and_one_more_is_not(character: str) -> None:
    asked: list[Sequence[int]] = []

    def infer(window: Sequence[int]) -> np.ndarray:
        asked.append(window)
        return np.zeros(1)

    windows = Windows(encode, size=12, overlap=0)
    text = character * (10 * MAX_WINDOWS)
    readings = 1 if text.isascii() else 2
    windows.worst(text, infer)
    assert len(asked) == readings * MAX_WINDOWS
    with pytest.raises(TextTooLongError) as refused:
        windows.worst(text + character, infer)
    assert character * 2 not in str(refused.value)
    assert len(asked) == readings * MAX_WINDOWS, "a text that is refused costs no inference"


def test_a_text_that_only_its_normalised_reading_makes_too_long_is_refused() -> None:
    windows = Windows(encode, size=12, overlap=0)
    text = "\u00be" * (10 * MAX_WINDOWS)  # three quarters: `3/4`
    with pytest.raises(TextTooLongError):
        windows.worst(text, lambda _: np.zeros(1))


def locate(text: str) -> list[tuple[int, int]]:
    return [(0, 0), *((index, index + 1) for index in range(len(text))), (0, 0)]


def highest(window: Sequence[int]) -> np.ndarray:
    """Two labels; a `z` in the window makes the second one high."""
    return np.array([0.1, 0.9 if ord("z") in window else 0.2])


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("aabbzbcc", "bbz"),
        ("zaabbcc", "zaa"),
        ("aabbz", "bbz"),
        ("az", None),  # one window: nothing to tell
    ],
)
def test_the_part_of_the_highest_value_is_told(text: str, part: str | None) -> None:
    windows = Windows(encode, size=5, overlap=1, locate=locate)
    found = windows.worst(text, highest).part
    assert (text[slice(*found)] if found else None) == part


def test_a_part_of_the_normalised_reading_is_one_of_the_text_as_written() -> None:
    text = "aa\u200baa\u200baa ⓩ bb"
    windows = Windows(encode, size=5, overlap=0, locate=locate)
    found = windows.worst(text, highest).part
    assert found is not None
    assert "ⓩ" in text[slice(*found)]


def test_without_places_no_part_is_told() -> None:
    assert Windows(encode, size=5, overlap=1).worst("aabbzbcc", highest).part is None


def insulting(window: Sequence[int]) -> np.ndarray:
    """Reads an insult by how much of what it is shown is one: `#` among other characters."""
    return np.array([window.count(ord("#")) / max(len(window) - 2, 1)])


KIND = "a kind word and one more for you. "
READ = Closer(above=0.004, discount=1.0)


def test_an_insult_among_kind_sentences_counts_by_itself_and_is_the_part() -> None:
    text = f"{KIND * 5}you ###### idiot. {KIND * 5}"
    alone = Windows(encode, size=500, overlap=0, locate=locate).worst(text, insulting)
    closer = Windows(encode, size=500, overlap=0, locate=locate, closer=READ)
    worst = closer.worst(text, insulting)
    share = 6 / len("you ###### idiot.")
    odds = share / (1 - share) / math.e
    assert alone.values[0] < 0.02
    assert worst.values[0] == pytest.approx(odds / (1 + odds))
    assert worst.part
    assert text[slice(*worst.part)] == "you ###### idiot."


def test_more_padding_takes_nothing_from_an_insult() -> None:
    windows = Windows(encode, size=100, overlap=10, closer=READ)
    values = [
        windows.worst(f"{KIND * count}you ###### idiot. {KIND * count}", insulting).values[0]
        for count in (1, 3, 10, 20)
    ]
    assert len(set(values)) == 1


@pytest.mark.parametrize(
    "text", [f"{KIND * 5}and so on.", "you ###### idiot"], ids=["harmless", "one sentence"]
)
def test_nothing_is_read_closer_that_is_harmless_or_one_sentence(text: str) -> None:
    asked: list[Sequence[int]] = []

    def infer(window: Sequence[int]) -> np.ndarray:
        asked.append(window)
        return insulting(window)

    Windows(encode, size=500, overlap=0, closer=READ).worst(text, infer)
    assert len(asked) == 1


def test_a_sentence_that_is_one_among_many_scores_no_higher_than_the_whole_by_chance() -> None:
    windows = Windows(encode, size=500, overlap=0, closer=Closer(above=0.0, discount=0.5))
    said = [0.5, *[0.55] * 5]
    answers = iter(np.array([value]) for value in said)
    assert windows.worst("One. Two. Three. Four. Five.", lambda _: next(answers)).values == [0.5]
    assert next(answers, None) is None, "each of the five sentences was read"


def test_a_broken_value_of_a_sentence_is_never_hidden() -> None:
    windows = Windows(encode, size=500, overlap=0, closer=Closer(above=0.0, discount=0.5))
    answers = iter(np.array([value]) for value in (0.5, np.nan, 0.1))
    assert np.isnan(windows.worst("One. Two.", lambda _: next(answers)).values[0])
