"""Disguised words: still readable by people, repeatable, and nothing else is touched."""

from __future__ import annotations

import random
import re

import pytest

from moderation.domain.text import normalised
from moderation.evaluation.disguise import BY_HAND, DISGUISES, disguised, mixed

WORD = "idiotic"
OFFENSIVE = frozenset({"idiot", "fool"})


@pytest.mark.parametrize("name", DISGUISES)
def test_each_disguise_changes_a_word_and_repeats(name: str) -> None:
    how = DISGUISES[name]
    assert WORD not in {how(WORD, random.Random(seed)) for seed in range(20)}
    assert how(WORD, random.Random(4)) == how(WORD, random.Random(4))
    for word in ("a", "ab", "abc"):
        how(word, random.Random(1))  # a short word is no error


@pytest.mark.parametrize(
    "name", ["dots between letters", "spaces between letters", "broken in two"]
)
def test_what_comes_between_letters_leaves_the_letters(name: str) -> None:
    assert re.sub(r"[ .-]", "", DISGUISES[name](WORD, random.Random(2))) == WORD


@pytest.mark.parametrize("name", ["fullwidth letters", "zero-width spaces"])
def test_what_the_normalised_view_sees_through(name: str) -> None:
    assert normalised(DISGUISES[name](WORD, random.Random(2))).text == WORD


def test_slips_keep_the_first_and_last_letter() -> None:
    for name in ("asterisk for a letter", "letter drawn out", "letter left out"):
        for seed in range(10):
            found = DISGUISES[name](WORD, random.Random(seed))
            assert (found[0], found[-1]) == (WORD[0], WORD[-1])


def test_letters_are_swapped_not_lost() -> None:
    for seed in range(10):
        assert sorted(DISGUISES["letters swapped"](WORD, random.Random(seed))) == sorted(WORD)


def test_only_the_offensive_words_are_disguised() -> None:
    text = "What an Idiot, said the fool; nothing else changes!"
    found = disguised(text, BY_HAND["dots between letters"], OFFENSIVE, 1)
    assert found == "What an I.d.i.o.t, said the f.o.o.l; nothing else changes!"


def test_without_an_offensive_word_some_longer_ones_are() -> None:
    text = " ".join(["an", "it", "garden", "behind", "church"] * 30)
    found = disguised(text, BY_HAND["dots between letters"], OFFENSIVE, 1).split()
    assert found.count("an") == found.count("it") == 30
    assert 15 <= sum("." in word for word in found) <= 45


def test_mixed_draws_for_each_word_and_repeats() -> None:
    text = "idiot " * 40
    found = disguised(text, mixed, OFFENSIVE, 9)
    assert found == disguised(text, mixed, OFFENSIVE, 9) != disguised(text, mixed, OFFENSIVE, 8)
    assert len(set(found.split())) > 8
