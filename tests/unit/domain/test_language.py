"""Languages: one code for what callers, models and detectors call differently."""

from __future__ import annotations

import pytest

from moderation.domain.language import language_code, words_of


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"),
        ("EN-gb", "en"),
        ("zh-Hant-TW", "zh"),
        ("nb-NO", "no"),
        ("nn", "no"),
        ("iw", "he"),
        ("yue", "zh"),
        ("gsw", "gsw"),
    ],
)
def test_a_tag_is_reduced_to_its_language(tag: str, code: str) -> None:
    assert language_code(tag) == code


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a  fine\n day ", "a fine day"),
        ("see https://example.org/ein/weg, www.example.org", "see"),
        ("@müller thanks #danke", "thanks"),
        ("", ""),
    ],
)
def test_words_are_what_is_neither_address_nor_mention(text: str, words: str) -> None:
    assert words_of(text) == words
