"""Views of a text: what the model reads, and that every part of it is found in the original."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.text import View, normalised, strip_html, utf16_offset

#: Any code point, lone surrogates included.
ANY_TEXT = st.text(st.characters(codec=None), max_size=60)
HTML_LIKE = st.lists(
    st.sampled_from([*"<>/!-&;#x='\" \nab", "<script", "</script", "style", "<p>", "é"])
).map("".join)


def assert_map_is_sound(view: View, original: str) -> None:
    assert len(view.origins) == len(view.text) + 1
    assert view.origins[-1] == len(original)
    assert all(a <= b for a, b in zip(view.origins, view.origins[1:], strict=False))
    assert all(0 <= origin < len(original) for origin in view.origins[:-1])


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
        assert view.text[index] in normalised(text[origin]).text


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


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("plain", "plain"),
        ("<p>Hi <b>you</b> &amp; me</p><p>two<br/>three", "Hi you & me\ntwo\nthree"),
        ("<b>id</b><i>iot</i>", "idiot"),
        ("1 < 2, 3 > 2, <3 and </3", "1 < 2, 3 > 2, <3 and </3"),
        ("<script>var a = '<b>';</SCRIPT >seen<style>p{}</style>", "seen"),
        ("<script>never closed", "never closed"),
        ("<!-- gone -->a<!-->b<!doctype html>c<?php x ?>d", "abcd"),
        ("<!-- never closed", "<!-- never closed"),
        ("<a title='1 > 0' href=x>link</a>", "link"),
        ("<b you are an idiot", "<b you are an idiot"),
        ("<a title='it>you", "you"),
        ("&lt;b&gt; &#105;&#x64;&#0; &nbsp &zzz; & &", "<b> id\ufffd \xa0 &zzz; & &"),
        ("i&#1;diot", "idiot"),
        ("<é>", "<é>"),
        ("<é><b>x</b>", "<é>x"),
        ("<![if x]>y", "y"),
        ("", ""),
    ],
)
def test_strip_html_shows_what_a_reader_sees(source: str, text: str) -> None:
    assert strip_html(source).text == text


@given(st.one_of(HTML_LIKE, ANY_TEXT))
def test_strip_html_is_total_and_maps_back(source: str) -> None:
    view = strip_html(source)
    assert_map_is_sound(view, source)


@given(ANY_TEXT.filter(lambda text: "\x00" not in text))
def test_escaped_text_comes_back_whole(text: str) -> None:
    escaped = html.escape(text)
    view = strip_html(escaped)
    assert view.text == text
    for index, char in enumerate(text):
        begin, end = view.span(index, index + 1)
        assert html.unescape(escaped[begin:end]) == char


@pytest.mark.parametrize(
    "piece",
    [
        "<a",
        "<a ",
        "<a/",
        "<a b=",
        "<a b='",
        "<a b=\"'",
        "<!--",
        "<!",
        "</a",
        "<script>",
        "&",
        "&#x",
    ],
)
def test_strip_html_reads_hostile_input_in_one_pass(piece: str) -> None:
    """Seconds at worst; a quadratic pass over 400,000 code points would not come to an end."""
    source = (piece * 400_000)[:400_000]
    assert_map_is_sound(strip_html(source), source)


@given(ANY_TEXT, st.integers(0, 60))
def test_utf16_offset_counts_code_units(text: str, index: int) -> None:
    expected = sum(2 if ord(char) > 0xFFFF else 1 for char in text[:index])
    assert utf16_offset(text, index) == expected
