from __future__ import annotations

import random

import pytest

from moderation.training.obfuscation import HABITS, obfuscated

WORDS = ("stupid", "careful", "THANK", "mmmm", "fghk")


@pytest.mark.parametrize("habit", HABITS)
def test_a_disguised_word_keeps_most_of_itself(habit: object) -> None:
    assert callable(habit)
    for seed in range(50):
        for word in WORDS:
            disguised = habit(word, random.Random(seed))
            assert len(disguised) >= len(word) - 1
            assert disguised.strip()


def test_offensive_words_are_disguised_before_others() -> None:
    text = "you are a stupid person who wrote another article"
    seen = [obfuscated(text, random.Random(seed), {"stupid"}) for seed in range(300)]
    assert sum("stupid" not in disguised for disguised in seen) > 200
    assert sum("article" not in disguised for disguised in seen) < 100


def test_kind_texts_are_disguised_too_and_short_words_never() -> None:
    seen = {obfuscated("a kind careful word for you", random.Random(seed)) for seed in range(50)}
    assert len(seen) > 10
    assert all(disguised.startswith("a ") and disguised.endswith(" you") for disguised in seen)


def test_the_same_seed_disguises_alike() -> None:
    text = "thank you for this careful article about the garden"
    assert obfuscated(text, random.Random(3)) == obfuscated(text, random.Random(3))
    assert obfuscated("", random.Random(3)) == ""
