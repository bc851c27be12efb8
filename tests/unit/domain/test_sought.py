"""What counts as the same words, and where they stand in the text as it was sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.comment import shown
from moderation.domain.errors import InvalidError
from moderation.domain.sought import MOST_PLACES, Sought
from moderation.domain.text import View

ZERO_WIDTH_SPACE = "\N{ZERO WIDTH SPACE}"


def found(words: str, text: str, text_format: str = "plain") -> list[str]:
    """Return the stretches of the text that are found."""
    view = shown(text, text_format)  # type: ignore[arg-type]
    return [text[start:end] for start, end in Sought(words).places(view)]


@pytest.mark.parametrize(
    ("words", "text", "stretches"),
    [
        ("fine", "A Fine day, refined", ["Fine", "fine"]),
        ("FINE DAY", "a fine \n\t day", ["fine \n\t day"]),
        ("fine", f"a fi{ZERO_WIDTH_SPACE}ne day", [f"fi{ZERO_WIDTH_SPACE}ne"]),
        (f"fi{ZERO_WIDTH_SPACE}ne", "a fine day", ["fine"]),
        ("fine", "a \N{FULLWIDTH LATIN SMALL LETTER F}ine day", None),
        ("strasse", "Stra\N{LATIN SMALL LETTER SHARP S}e", None),
        ("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "CAFE\N{COMBINING ACUTE ACCENT}", None),
        ("idiot", "you \N{CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I}diot", None),
        (" day ", "daylight", ["day"]),
        ("aa", "aaaaa", ["aa", "aa"]),
        ("a.c", "abc", []),
        ("rainy", "a fine day", []),
    ],
)
def test_the_same_words_are_found_however_they_are_written(
    words: str, text: str, stretches: list[str] | None
):
    if stretches is None:
        assert len(found(words, text)) == 1
    else:
        assert found(words, text) == stretches


def test_of_html_what_it_shows_is_looked_through():
    html = '<p class="fine">a f<b>in</b>e &amp; sunny day<!-- fine --></p><p>fine</p>'
    assert found("fine", html, "html") == ["f<b>in</b>e", "fine"]
    assert found("& sunny", html, "html") == ["&amp; sunny"]
    assert found("class", html, "html") == []
    assert found("day fine", html, "html") == ["day<!-- fine --></p><p>fine"]


@pytest.mark.parametrize("words", ["", "a", "  a ", ZERO_WIDTH_SPACE * 5, " \n "])
def test_what_can_t_be_seen_can_t_be_looked_for(words: str):
    with pytest.raises(InvalidError):
        Sought(words)


def test_the_places_of_one_text_are_bounded():
    assert len(found("ab", "ab" * 3000)) == MOST_PLACES


@given(st.text(min_size=1), st.text(), st.text())
def test_what_stands_in_a_text_is_found_in_it(words: str, before: str, behind: str):
    try:
        sought = Sought(words)
    except InvalidError:
        return
    text = f"{before} {words} {behind}"
    view = View(text, range(len(text) + 1))
    places = sought.places(view)
    assert sought.is_in(view) is bool(places)
    assert all(0 <= start < end <= len(text) for start, end in places)
    if words.isascii():
        assert places
