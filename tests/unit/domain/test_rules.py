"""Rules: what they find through a disguise, and the place in the text as it was submitted."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.comment import Submission
from moderation.domain.decision import ReasonCode
from moderation.domain.policy import Policy, RepeatedText, Rules
from moderation.domain.rules import Facts, rule_reasons
from moderation.domain.text import View


def policy(**rules: object) -> Policy:
    """A policy with these rules alone; `hold_disguised` has tests of its own."""
    rules = {"hold_disguised": False, **rules}
    return Policy(name="a", thresholds={"toxicity": 0.5}, rules=Rules(**rules))  # type: ignore[arg-type]


def facts(text: str, text_format: str = "plain", **known: object) -> Facts:
    said = Submission(site="news", text=text, text_format=text_format)  # type: ignore[arg-type]
    return Facts(text=said.plain(), link_attributes=said.link_attributes(), **known)  # type: ignore[arg-type]


def found(text: str, *words: str, text_format: str = "plain") -> list[tuple[str, str]]:
    """Return (matched word, the part of the text as submitted) of each match."""
    reasons = rule_reasons(facts(text, text_format), policy(banned_words=words))
    matches = []
    for reason in reasons:
        if reason.code == ReasonCode.NOTHING_TO_READ:
            continue
        match = re.fullmatch(r"(.*) at (\d+)-(\d+)(?:, \d+ times)?", str(reason.detail), re.DOTALL)
        assert match
        matches.append((match[1], text[int(match[2]) : int(match[3])]))
    return matches


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("you clown", "clown"),
        ("you CLOWN!", "CLOWN"),
        ("you ｃｌｏｗｎ.", "ｃｌｏｗｎ"),
        ("you c\u0336l\u0336o\u0336w\u0336n\u0336", "c\u0336l\u0336o\u0336w\u0336n\u0336"),
        ("you c\u200blow\u00adn", "c\u200blow\u00adn"),
        ("you clоwn", "clоwn"),  # a Cyrillic o
        ("you clöwn", "clöwn"),
        ("𝗰𝗹𝗼𝘄𝗻", "𝗰𝗹𝗼𝘄𝗻"),
        ("😀😀 clown 😀", "clown"),
    ],
)
def test_a_word_is_found_through_a_disguise_in_its_place(text: str, part: str) -> None:
    assert found(text, "clown") == [("clown", part)]


def test_a_disguised_word_in_the_list_is_the_same_word() -> None:
    assert found("you clown", "ｃｌöｗｎ") == [("clown", "clown")]


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("<p>you <b>clown</b> hi</p>", "clown"),
        ("you cl<b>ow</b>n!", "cl<b>ow</b>n"),
        ("you &#99;lown", "&#99;lown"),
        ("<a href='x'>c&#x200b;lown</a>", "c&#x200b;lown"),
        ("clown&#x301;<i>", "clown&#x301;"),
        ("clow&#110;<i>", "clow&#110;"),
        ("a &lt; b, clöwn", "clöwn"),
    ],
)
def test_in_html_the_place_is_in_the_source(source: str, part: str) -> None:
    assert found(source, "clown", text_format="html") == [("clown", part)]


def test_what_html_does_not_show_is_not_matched() -> None:
    assert found("<!-- clown --><i title='clown'>hi</i>", "clown", text_format="html") == []


@pytest.mark.parametrize(
    ("text", "words", "matched"),
    [
        ("clowns", ["clown"], []),
        ("clowns and clownery", ["clown*"], ["clowns", "clownery"]),
        ("aclown clown_x", ["clown"], []),
        ("free   hats\nfree\thats", ["free hats"], ["free hats"]),
        ("freehats", ["free hats"], []),
        ("C++ is c++!", ["c++"], ["c++"]),
        ("a.b axb", ["a.b"], ["a.b"]),
        ("clown clownfish", ["clown", "clownfish"], ["clown", "clownfish"]),
        ("clown clown", ["clown"], ["clown"]),
        ("Straße strasse", ["strasse"], ["strasse"]),
        ("", ["clown"], []),
    ],
)
def test_whole_words_and_endings(text: str, words: list[str], matched: list[str]) -> None:
    assert [word for word, _ in found(text, *words)] == matched


@given(st.lists(st.sampled_from(["clown", "hat", "a", " ", "\u0301", "\u200b", "ﬁ", "😀", "ﷺ"])))
def test_every_place_is_a_part_of_the_text_that_reads_as_the_word(pieces: list[str]) -> None:
    text = "".join(pieces)
    for word, part in found(text, "clown", "hat*", "a"):
        assert part
        assert found(part, "clown", "hat*", "a")[0][0] == word


def test_banned_and_suspect_words_are_told_apart_and_all_kept() -> None:
    rules = policy(banned_words=("clown",), suspect_words=("hat", "clown"))
    reasons = rule_reasons(facts("clown, hat"), rules)
    assert [(reason.code, reason.detail) for reason in reasons] == [
        (ReasonCode.BANNED_WORD, "clown at 0-5"),
        (ReasonCode.SUSPECT_WORD, "clown at 0-5"),
        (ReasonCode.SUSPECT_WORD, "hat at 7-10"),
    ]


def test_a_word_is_one_reason_with_its_first_place_and_its_count() -> None:
    reasons = rule_reasons(facts("a Clown, a hat, clown clоwn"), policy(banned_words=["clown"]))
    assert [reason.detail for reason in reasons] == ["clown at 2-7, 3 times"]


def test_reasons_hold_a_bounded_part_of_a_text() -> None:
    many = " ".join(f"clown{number}" for number in range(2000))
    rules = policy(banned_words=["clown*"], suspect_words=["clown1*"])
    reasons = rule_reasons(facts(many), rules)
    assert [reason.code for reason in reasons] == ["banned_word"] * 20 + ["suspect_word"] * 20
    assert reasons[19].detail == "clown19 at 142-149"
    (reason,) = rule_reasons(facts("clown" * 4000), rules)[:1]
    assert reason.detail == f"{('clown' * 20)[:64]} at 0-20000"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("no link", 0),
        ("https://a.example http://b.example www.c.example", 3),
        ("HTTPS://A.EXAMPLE/x?y=z", 1),
        ("https://www.a.example", 1),
        ("<https://a.example>,'http://b.example'", 2),
        ("https:// nothing", 0),
    ],
)
def test_links_are_counted(text: str, count: int) -> None:
    assert rule_reasons(facts(text), policy(max_links=count)) == ()
    if count:
        (reason,) = rule_reasons(facts(text), policy(max_links=count - 1))
        assert reason.code == ReasonCode.LINKS
        assert reason.detail == f"{count} links, at most {count - 1}"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("<a href='https://a.example'>see</a>" * 50, 50),
        ("<a href='https://a.example'>https://a.example</a>", 1),
        ("https://a.example https://b.example <img src=//c.example/d>", 2),
    ],
)
def test_links_in_html_are_the_shown_or_the_made_ones(text: str, count: int) -> None:
    (reason,) = rule_reasons(facts(text, "html"), policy(max_links=count - 1))
    assert reason.detail == f"{count} links, at most {count - 1}"
    assert rule_reasons(facts(text, "html"), policy(max_links=count)) == ()


def test_held_and_closed_articles() -> None:
    rules = policy(held_articles={"a", "b"}, closed_articles={"b"})
    codes = {
        article: [reason.code for reason in rule_reasons(facts("hi", article_id=article), rules)]
        for article in ("a", "b", "c", None)
    }
    assert codes == {
        "a": ["article_held"],
        "b": ["article_closed", "article_held"],
        "c": [],
        None: [],
    }


def test_first_time_authors() -> None:
    rules = policy(hold_first_time_author=True)
    (reason,) = rule_reasons(facts("hi", first_time_author=True), rules)
    assert reason.code == ReasonCode.FIRST_TIME_AUTHOR
    assert rule_reasons(facts("hi"), rules) == ()
    assert rule_reasons(facts("hi", first_time_author=True), policy()) == ()


def test_repeated_texts() -> None:
    rules = policy(repeated_text=RepeatedText(count=3, window_s=60))
    assert rule_reasons(facts("hi", repeats=2), rules) == ()
    (reason,) = rule_reasons(facts("hi", repeats=3), rules)
    assert (reason.code, reason.detail) == (ReasonCode.REPEATED_TEXT, "3 times in 60 s")
    assert rule_reasons(facts("hi", repeats=9), policy()) == ()


def test_no_rule_finds_nothing() -> None:
    text = View("clown www.a.example", range(20))
    assert rule_reasons(Facts(text=text, article_id="a", repeats=9), policy()) == ()


@pytest.mark.parametrize(
    ("text", "text_format", "held"),
    [
        ("", "plain", True),
        ("\u200b\u200b", "plain", True),
        ("\u0301 \u2060", "plain", True),
        ("<p></p><img src=x>", "html", True),
        ("❤", "plain", False),
        ("?!", "plain", False),
        ("7", "plain", False),
        ("<b>hi</b>", "html", False),
    ],
)
def test_what_has_nothing_to_read_is_held(text: str, text_format: str, held: bool) -> None:
    codes = [reason.code for reason in rule_reasons(facts(text, text_format), policy())]
    assert codes == ([ReasonCode.NOTHING_TO_READ] if held else [])


def test_a_disguise_is_held_with_its_kind_and_its_place_in_the_source() -> None:
    source = "<p>you i&#x200b;diot, fu\u0441k o\u200bff, \uff49\uff44\uff49\uff4f\uff54</p>"
    reasons = rule_reasons(facts(source, "html"), policy(hold_disguised=True))
    assert [(reason.code, reason.detail) for reason in reasons] == [
        (ReasonCode.DISGUISED_TEXT, "invisible characters at 8-16, 2 times"),
        (ReasonCode.DISGUISED_TEXT, "letters of two scripts at 22-26"),
        (ReasonCode.DISGUISED_TEXT, "styled letters at 33-38"),
    ]
    assert rule_reasons(facts(source, "html"), policy(hold_disguised=False)) == ()
    assert Rules().hold_disguised
