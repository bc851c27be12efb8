"""The text that HTML shows: what a browser shows is there, and found in its place in the source."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.markup import link_attributes, strip_html
from tests.unit.domain.views import ANY_TEXT, assert_map_is_sound

HTML_LIKE = st.lists(
    st.sampled_from([*"<>/!-&;#x='\" \nab", "<script", "</script", "style", "<p>", "é"])
).map("".join)


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
        # A quote that stands in no value's place opens nothing.
        ('<b x=y"=">you">', 'you">'),
        ('<b ="x>you">', 'you">'),
        ('<b x="a"="b>you">', 'you">'),
        ('<b\xa0x=">you">', 'you">'),
        ("<b x = '>' y=\"\">you", "you"),
        ('</b x=">you">me', "me"),
        ('</b "x">you">', 'you">'),
        ("<!-- --!>you<!-- -->", "you"),
        ("<!--->you<!--!>me-->and", "youand"),
        ("</ <!-- >you-->", "you-->"),
        ("</><!>you", "you"),
        ("&#0000000104;&#x00000000069;&#99999999999;&#x;", "hi\ufffd&#x;"),
        # What a raw element holds is text, up to its own end tag.
        ("<textarea><b title='you'>&lt;</TEXTAREA ><b title='me'>", "<b title='you'><"),
        ("<xmp><!-- you</xmp>-->", "<!-- you-->"),
        ("<xmp><b title='you'>", "<b title='you'>"),
        ("<style></stylex><!-- </style>you -->", "you -->"),
        ("<script></ſcript></script>you", "you"),
        # Where a browser's own state decides, the rest is text.
        (
            "<script><!--<script></script><!--</script>you-->",
            "<!--<script></script><!--</script>you-->",
        ),
        ("<plaintext><b title='you'>", "<b title='you'>"),
        ("<noscript><b title='you'>", "<b title='you'>"),
        ("<svg><style></svg>you</style>", "</svg>you</style>"),
        ("<math><![CDATA[you>]]><b>me</b>", "<![CDATA[you>]]><b>me</b>"),
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
    ("source", "count"),
    [
        ("no link, href=x", 1),  # in the source it need not be a tag
        ("nohref=x <a>href</a> <a href>", 0),
        ("<a href=x></a><a\nHREF = 'y'></a><img src=\"z\">", 3),
        ("<a/href=x><a title=''href=y>", 2),
        ('<a href="https://a.example/?src=b">', 1),
    ],
)
def test_links_in_attributes_are_counted(source: str, count: int) -> None:
    assert link_attributes(source) == count


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
        "&#0",
        "</ ",
        "<b ='",
        "<a\t=\t",
        "<textarea></textarea",
        "<svg><![CDATA[",
    ],
)
def test_strip_html_reads_hostile_input_in_one_pass(piece: str) -> None:
    """Seconds at worst; a quadratic pass over 400,000 code points would not come to an end."""
    source = (piece * 400_000)[:400_000]
    assert_map_is_sound(strip_html(source), source)
    link_attributes(source)
