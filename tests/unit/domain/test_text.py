"""Views of a text: what the model reads, and that every part of it is found in the original."""

from __future__ import annotations

import pytest
from hypothesis import given

from moderation.domain.lookalikes import by_shape
from moderation.domain.text import normalised
from tests.unit.domain.views import ANY_TEXT, assert_map_is_sound


@pytest.mark.parametrize(
    ("disguised", "plain"),
    [
        ("you idiot", "you idiot"),
        ("𝐘𝐨𝐮 𝗶𝗱𝗶𝗼𝘁", "You idiot"),
        ("\uff49\uff44\uff49\uff4f\uff54", "idiot"),
        ("ⓘⓓⓘⓞⓣ 🅸🅳🅸🅾🆃", "idiot IDIOT"),
        ("i\u200bd\u00adi\ufe0fo\u2060t", "idiot"),
        ("i\u0336d\u0336iot", "idiot"),
        ("i\x00di\x7fot", "idiot"),
        ("ídïöt", "idiot"),
        ("іdіоt", "idiot"),  # Cyrillic look-alikes
        ("you sсrewy сlоwn", "you screwy clown"),
        ("ѕtирid вiтcн", "stupid bitch"),
        ("you are an аре", "you are an ape"),  # the last word is Cyrillic from end to end
        ("сло\u0301н", "slon"),  # a Russian word stays one
        ("ты аре", "ty are"),
        ("ΐdίοt", "idiot"),  # Greek
        ("ո\u0456ce", "nice"),  # Armenian
        ("“you’re”", '"you\'re"'),
        ("a\u00a0b\u3000c\nd\te", "a b c\nd\te"),
        ("😀 中文 한글", "😀 中文 한글"),
        ("\ufdfa", "\ufdfa"),
        ("x\ud800y", "xy"),
        ("", ""),
    ],
)
def test_normalised_reads_through_a_disguise(disguised: str, plain: str) -> None:
    assert normalised(disguised).text == plain


def test_ascii_is_its_own_view() -> None:
    text = "you are an idiot\r\n"
    view = normalised(text)
    assert view.text is text
    assert view.span(11, 16) == (11, 16)


@given(ANY_TEXT)
def test_normalised_is_total_and_maps_back(text: str) -> None:
    view = normalised(text)
    assert_map_is_sound(view, text)
    assert len(view.text) <= 4 * len(text)
    for index, origin in enumerate(view.origins[:-1]):
        shape, sound = by_shape(f"a{text[origin]}")[1], text[origin]
        assert view.text[index] in normalised(shape).text + normalised(sound).text


@given(ANY_TEXT)
def test_a_normalised_text_with_nothing_left_to_undo_stays(text: str) -> None:
    once = normalised(text).text
    if once.isascii():
        assert normalised(once).text == once


def test_a_span_leads_back_to_the_disguised_word() -> None:
    text = "so: ⓘⓓi\u0301\u200bⓞⓣ!"
    view = normalised(text)
    start = view.text.index("idiot")
    begin, end = view.span(start, start + 5)
    assert text[begin:end] == "ⓘⓓi\u0301\u200bⓞⓣ"


def test_a_span_inside_one_expanded_character_is_that_character() -> None:
    view = normalised("æx")
    assert view.text == "aex"
    assert view.span(0, 1) == (0, 1)
    assert view.span(1, 2) == (0, 1)
    assert view.span(2, 2) == (1, 1)
