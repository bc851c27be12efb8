"""Sentences and words as parts of a text: whole characters, in order, with all that is read."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.domain.comment import MAX_TEXT
from moderation.domain.spans import Span, Utf16, pieces, sentences, words
from tests.unit.domain.views import ANY_TEXT

#: Texts in which ends of sentences, accents, emoji and white space meet in every order.
MEETING = st.lists(
    st.sampled_from(
        [*"aZ .!?,;/-'\"()\n\t", "..", "…", "—", "idiot", "\u0301", "\u0336", "\u200d", "\ufe0f",
         "🖕", "🏽", "👨\u200d👩\u200d👧", "。", "」", "中", "\ud800", "\u2028", "\u3000"]
    )
).map("".join)  # fmt: skip
TEXTS = ANY_TEXT | MEETING


def parts(text: str, spans: list[Span]) -> list[str]:
    return [span.of(text) for span in spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n ", []),
        ("you are an idiot", ["you are an idiot"]),
        ("One. Two!  Three?", ["One.", "Two!", "Three?"]),
        ('He said "no!" (Why?) Nobody knows...', ['He said "no!"', "(Why?)", "Nobody knows..."]),
        ("No space.But two sentences", ["No space.", "But two sentences"]),
        ("See example.com or the U.S.A today", ["See example.com or the U.S.A today"]),
        ("It costs 3.50 or i.d.i.o.t", ["It costs 3.50 or i.d.i.o.t"]),
        ("a line\r\n\r\nanother one\u2028third", ["a line", "another one", "third"]),
        ("一。二！三", ["一。", "二！", "三"]),
        ("so what?!?! yes", ["so what?!?!", "yes"]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert parts(text, sentences(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“You,” he said (loudly), 'idiot'!", ["You", "he", "said", "loudly", "idiot"]),
        ("don't be f**k-ish a$$", ["don't", "be", "f**k-ish", "a$$"]),
        ("i.d.i.o.t. either/or well--no so...what", ["i.d.i.o.t", "either", "or", "well", "no",
                                                    "so", "what"]),
        ("you 🖕🏽 👨\u200d👩\u200d👧!", ["you", "🖕🏽", "👨\u200d👩\u200d👧"]),
        ("i\u0336d\u0336!\u0336 \u0336x", ["i\u0336d\u0336", "x"]),
        ("... -- !?", []),
        ("x" * 130, ["x" * 64, "x" * 64, "xx"]),
    ],
)  # fmt: skip
def test_words(text: str, expected: list[str]) -> None:
    assert parts(text, words(text, Span(0, len(text)))) == expected


def test_words_are_looked_for_within_a_part_only() -> None:
    text = "one two three"
    assert parts(text, words(text, Span(2, 10))) == ["e", "two", "th"]


def test_a_part_without_one_of_its_own() -> None:
    text = "so: you big idiot!"
    sentence, word = Span(4, 18), Span(8, 11)
    assert sentence.without(word, text) == "you  idiot!"


def is_whole(text: str, span: Span) -> bool:
    """Return whether a span begins and ends between characters, accents being parts of them."""
    joined = {"Mn", "Mc", "Me", "Cf"}
    edges = (text[at : at + 1] for at in (span.start, span.end))
    return span.start < span.end and all(
        not edge or unicodedata.category(edge) not in joined for edge in edges
    )


@given(TEXTS)
@settings(deadline=None)
def test_sentences_are_in_order_and_leave_out_white_space_only(text: str) -> None:
    found = sentences(text)
    at = 0
    for sentence in found:
        assert sentence.start >= at
        assert is_whole(text, sentence)
        left_out = text[at : sentence.start]
        assert not any(char.isalnum() for char in left_out)
        at = sentence.end
    assert not any(char.isalnum() for char in text[at:])


@given(TEXTS)
@settings(deadline=None)
def test_every_letter_is_in_a_word_of_a_piece(text: str) -> None:
    found = [(piece, word) for piece in pieces(text) for word in words(text, piece)]
    at = 0
    for piece, word in found:
        assert piece.start <= word.start
        assert word.end <= piece.end
        assert word.start >= at
        assert is_whole(text, word)
        assert not any(char.isalnum() for char in text[at : word.start])
        at = word.end
    assert not any(char.isalnum() for char in text[at:])


def test_a_sentence_without_an_end_is_read_in_pieces() -> None:
    text = "so it goes on " * 50
    found = pieces(text)
    assert [len(words(text, piece)) for piece in found] == [25] * 8
    long = " ".join(["m" * 60] * 20)
    assert max(piece.end - piece.start for piece in pieces(long)) <= 250


@given(TEXTS)
@settings(deadline=None)
def test_utf16_offsets_cut_what_code_points_cut(text: str) -> None:
    wide, units = text.encode("utf-16-le", "surrogatepass"), Utf16(text)
    for at in range(len(text) + 1):
        cut = wide[: 2 * units.offset(at)]
        assert cut == text[:at].encode("utf-16-le", "surrogatepass")


@pytest.mark.parametrize(
    "unit", ["a. ", ".", "!'", ".\"'", "\u0301", "x\u0301", "-", ". ", "ab.Cd", "x" * 70 + "\u0301"]
)
def test_the_longest_hostile_text_is_a_bounded_number_of_pieces(unit: str) -> None:
    text = (unit * MAX_TEXT)[:MAX_TEXT]
    found = pieces(text)
    assert len(found) <= 820
    assert all(len(words(text, piece)) <= 25 for piece in found)
