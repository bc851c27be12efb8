"""A comment's payload, its names, and the hashes under which it is known."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.comment import (
    Author,
    Context,
    Submission,
    comment_id,
    keyed_hash,
    pseudonymous,
    shard_of,
    text_sha256,
)

SECRET = b"s" * 32
TEXT = st.text(max_size=40)
NAME = st.none() | st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
SUBMISSIONS = st.builds(
    Submission,
    site=st.just("news"),
    text=TEXT,
    text_format=st.sampled_from(["plain", "html"]),
    external_id=NAME,
    author=st.builds(Author, NAME, NAME),
    context=st.builds(Context, NAME, NAME, NAME, NAME, NAME, NAME),
    language=NAME,
    callback_url=NAME,
    metadata=st.dictionaries(TEXT, JSON, max_size=3),
)
SAID = Submission(
    site="news",
    text="a fine day",
    author=Author("ada", "Ada L."),
    context=Context(parent_text="a rainy day"),
    metadata={"a": 1, "b": 2},
)


@given(SUBMISSIONS)
def test_what_is_stored_is_read_back_code_point_for_code_point(said: Submission) -> None:
    assert Submission.from_json(said.to_json()) == said
    assert Submission.from_json(said.to_json()).to_json() == said.to_json()


@pytest.mark.parametrize("text", ["\u0000\u2028\ufeff", "👩‍👩‍👧 e\u0301", '"\\\n', "\U0010ffff"])
def test_awkward_texts_are_read_back(text: str) -> None:
    assert Submission.from_json(replace(SAID, text=text).to_json()).text == text


def test_a_payload_of_a_later_version_is_read() -> None:
    raw = json.loads(SAID.to_json())
    raw["mood"] = raw["author"]["mood"] = raw["context"]["mood"] = "sunny"
    assert Submission.from_json(json.dumps(raw)) == SAID


def test_no_text_stands_in_what_is_printed() -> None:
    shown = repr(SAID)
    assert "news" in shown
    assert not [word for word in ("fine", "rainy", "metadata") if word in shown]


@pytest.mark.parametrize(
    "change",
    [
        {"text": "a fine day "},
        {"site": "blog"},
        {"text_format": "html"},
        {"external_id": "7"},
        {"author": Author("ada", None)},
        {"context": Context()},
        {"callback_url": "https://cms.example/hook"},
        {"metadata": {"a": 1, "b": 3}},
    ],
)
def test_what_is_stored_tells_any_difference(change: dict[str, object]) -> None:
    other = replace(SAID, **change)  # type: ignore[arg-type]
    assert other.to_json() != SAID.to_json()


def test_what_is_stored_ignores_the_order_of_metadata() -> None:
    assert replace(SAID, metadata={"b": 2, "a": 1}).to_json() == SAID.to_json()


def test_plain_text_is_its_own_view_and_html_is_stripped() -> None:
    plain = replace(SAID, text="<b>hi</b>").plain()
    assert (plain.text, plain.span(3, 5)) == ("<b>hi</b>", (3, 5))
    html = replace(SAID, text="<b>hi</b>", text_format="html").plain()
    assert (html.text, html.span(0, 2)) == ("hi", (3, 5))


def test_links_are_made_by_markup_only() -> None:
    link = "<a href=x>see</a>"
    assert replace(SAID, text=link).link_attributes() == 0
    assert replace(SAID, text=link, text_format="html").link_attributes() == 1


@given(st.lists(TEXT, max_size=4), st.lists(TEXT, max_size=4))
def test_a_hash_keeps_its_parts_apart(some: list[str], others: list[str]) -> None:
    same = keyed_hash(SECRET, "x", *some) == keyed_hash(SECRET, "x", *others)
    assert same == (some == others)
    assert keyed_hash(SECRET, "x", *some) != keyed_hash(SECRET, "y", *some)
    assert keyed_hash(SECRET, "x", *some) != keyed_hash(b"t" * 32, "x", *some)


def test_an_id_is_the_same_for_the_same_name_only() -> None:
    one = comment_id(SECRET, "news", "external", "7")
    assert re.fullmatch(r"c_[0-9a-f]{32}", one)
    assert one == comment_id(SECRET, "news", "external", "7")
    others = {
        comment_id(SECRET, "blog", "external", "7"),
        comment_id(SECRET, "news", "key", "7"),
        comment_id(SECRET, "news", "random", "7"),
        comment_id(SECRET, "news", "external", "8"),
        comment_id(b"t" * 32, "news", "external", "7"),
    }
    assert len(others | {one}) == 6


def test_shards_are_stable_and_evenly_filled() -> None:
    assert [shard_of(name, 16) for name in ("c_a", "c_b", "c_c")] == [1, 14, 1]  # never changes
    counts = Counter(shard_of(f"c_{n}", 16) for n in range(16_000))
    assert set(counts) == set(range(16))
    assert all(850 < count < 1150 for count in counts.values())
    assert {shard_of(f"c_{n}", 1) for n in range(100)} == {0}


def test_a_texts_sha256_is_the_plain_one() -> None:
    assert text_sha256("né") == hashlib.sha256("né".encode()).hexdigest()


@given(SUBMISSIONS, st.booleans())
def test_an_author_becomes_a_pseudonym_of_the_site(said: Submission, keep_name: bool) -> None:
    hidden = pseudonymous(said, SECRET, keep_name=keep_name)
    assert replace(hidden, author=said.author) == said
    assert hidden.author.name == (said.author.name if keep_name else None)
    assert bool(hidden.author.id) == bool(said.author.id)
    if said.author.id:
        assert hidden.author.id != said.author.id
        assert hidden == pseudonymous(said, SECRET, keep_name=keep_name)
        elsewhere = pseudonymous(replace(said, site="blog"), SECRET, keep_name=keep_name)
        assert elsewhere.author.id != hidden.author.id
