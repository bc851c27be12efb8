"""A text as it is shown: all of it, inert, with what nobody would see made visible."""

from __future__ import annotations

import html
import re
import sys
import unicodedata

import pytest

from moderation.web.review.text import marks_of, rendered, segments
from tests.web.hostile import HOSTILE

#: All that `rendered` may write beside escaped text.
OURS = re.compile(r'<(?:/?mark|bdi class="unseen" data-name="[A-Za-z0-9+ ]+"|/bdi)>')
#: Format characters with a shape: Arabic and Kaithi signs around numbers and verses.
WITH_SHAPE = {*range(0x600, 0x606), 0x6DD, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}


def shown(text: str, *marks: tuple[int, int]) -> str:
    """What a reader copies from the page."""
    plain = OURS.sub("", rendered(text, marks)).replace("&#13;", "\r")
    return html.unescape(plain.replace("&#34;", '"').replace("&#39;", "'"))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_of_a_text_is_markup_and_nothing_of_it_is_lost(text: str):
    for marks in ((), ((0, 3), (2, 9), (20, 10**6))):
        left = OURS.sub("", rendered(text, marks))
        assert not re.search(r"[<>\"']", left)
        assert "".join(part.text for part in segments(text, marks)) == text
    if not re.search("[\x80-\x9f]|&#", text):  # `unescape` itself reads those as other characters
        assert shown(text) == text


def test_there_are_enough_of_them():
    assert len(HOSTILE) == len(set(HOSTILE)) >= 150


def test_every_character_without_a_shape_has_a_name():
    shapeless = [
        chr(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in {"Cc", "Cf", "Zl", "Zp", "Cs"}
        and code not in WITH_SHAPE | {0x09, 0x0A}
    ]
    assert [hex(ord(char)) for char in shapeless if segments(char)[0].name is None] == []


@pytest.mark.parametrize(
    "text",
    [
        "👨‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈 ☺\ufe0e 1\ufe0f\u20e3",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "نمی\u200cخواهم",
        "क्\u200dष",
        "from a form\r\nof two lines\n\tand a tab",
        "\u1820\u180b",
        "\u845b\U000e0100",
    ],
)
def test_what_writing_needs_is_left_alone(text: str):
    assert segments(text) == segments(text, [(len(text), len(text))])
    assert [part.name for part in segments(text)] == [None]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("id\u200biot", ["ZWSP"]),
        ("\u202eabc\u202c", ["RLO", "PDF"]),
        ("a\u200d\u200d\u200db", ["ZWJ x3"]),
        ("a\u200d\u200cb", ["ZWJ", "ZWNJ"]),
        ("a\ufe0fb", ["U+FE0F"]),
        ("lone\rreturn", ["CR"]),
        ("\U000e0041", ["U+E0041"]),
        ("\u200c", ["ZWNJ"]),
    ],
)
def test_what_hides_is_named(text: str, names: list[str]):
    assert [part.name for part in segments(text) if part.name] == names


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_many_empty_lines_are_shown_as_one(end: str):
    said = end.replace("\r", "&#13;")
    assert rendered(f"a{end * 3}b") == f"a{said * 3}b"
    shown = f'a\n<span class="empty" data-count="4">{said * 3}</span>{said}b'
    assert rendered(f"{end * 5}b") == f'<span class="empty" data-count="5">{said * 4}</span>{said}b'
    assert rendered(f"a{end * 5}b") == shown.replace("a\n", f"a{said}")


def test_marks_are_places_in_code_points():
    text = "😀 you are an idiot"
    assert str(rendered(text, [(13, 18)])) == "😀 you are an <mark>idiot</mark>"
    assert str(rendered("<b>", [(0, 2)])) == "<mark>&lt;b</mark>&gt;"
    hidden = '<mark>id</mark><mark><bdi class="unseen" data-name="ZWSP">\u200b</bdi></mark>'
    assert str(rendered("id\u200biot", [(0, 4)])) == hidden + "<mark>i</mark>ot"
    assert str(rendered("abc", [(2, 1), (-3, 1), (5, 9)])) == "<mark>a</mark>bc"


def label(name: str, *words: tuple[int, float]) -> dict[str, object]:
    return {
        "label": name,
        "words": [{"start": at, "end": at + 1, "weight": weight} for at, weight in words],
    }


def test_the_words_of_what_held_the_comment_are_marked():
    explanation = {
        "labels": [
            label("toxicity", (0, 4.0), (2, 1.0), (4, -1.0)),
            label("insult", (6, 3.0), (0, 2.0)),
            label("threat"),
        ]
    }
    assert marks_of(explanation, {"insult"}) == [(0, 1), (6, 7)]
    assert marks_of(explanation, {"threat"}) == [(0, 1)]
    assert marks_of(explanation, set()) == [(0, 1)]
    assert marks_of({"labels": [label("toxicity", (3, 0.1))]}, set()) == []
    assert marks_of({"labels": []}, {"insult"}) == []
