"""Single sign-on: what a token must say, and what groups make of somebody."""

from __future__ import annotations

from typing import Any

import pytest

from moderation.domain.errors import SignOnError
from moderation.domain.people import MAX_NAME, Role
from moderation.domain.sign_on import LEEWAY_S, Asked, groups, names, role_of, sites_of, subject

NOW = 1_000_000
ASKED = Asked("https://id.example", "moderation", "n-1")
HONEST: dict[str, Any] = {
    "iss": "https://id.example", "aud": "moderation", "sub": "ada", "nonce": "n-1",
    "iat": NOW, "exp": NOW + 300,
}  # fmt: skip
NAN = float("nan")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"aud": ["moderation"]},
        {"aud": ["moderation", "other"], "azp": "moderation"},
        {"azp": "moderation"},
        {"exp": NOW - LEEWAY_S + 1},
        {"iat": NOW + LEEWAY_S, "nbf": NOW + LEEWAY_S},
        {"nbf": NOW - 1, "exp": NOW + 0.5},
        {"sub": "x" * 255},
    ],
)
def test_an_answer_to_what_was_asked_names_somebody(said: dict[str, Any]):
    claims = HONEST | said
    assert subject(claims, ASKED, NOW) == claims["sub"]


@pytest.mark.parametrize(
    "said",
    [
        {"iss": "https://id.example/"},
        {"iss": None},
        {"aud": "other"},
        {"aud": []},
        {"aud": None},
        {"aud": ["moderation", "other"]},
        {"aud": ["moderation", "other"], "azp": "other"},
        {"aud": ["other"], "azp": "moderation"},
        {"azp": "other"},
        {"azp": None},
        {"exp": NOW - LEEWAY_S},
        {"exp": None},
        {"exp": True},
        {"exp": "9999999999"},
        {"exp": NAN},
        {"iat": NOW + LEEWAY_S + 1},
        {"iat": None},
        {"iat": NAN},
        {"nbf": NOW + LEEWAY_S + 1},
        {"nbf": "now"},
        {"nbf": NAN},
        {"nonce": "n-2"},
        {"nonce": None},
        {"nonce": "\ud800"},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
    ],
)
def test_any_other_token_names_nobody(said: dict[str, Any]):
    with pytest.raises(SignOnError) as refused:
        subject(HONEST | said, ASKED, NOW)
    assert refused.value.why == "token"


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "nonce", "iat", "exp"])
def test_what_is_not_said_is_not_assumed(name: str):
    with pytest.raises(SignOnError):
        subject({one: said for one, said in HONEST.items() if one != name}, ASKED, NOW)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (["a", "b"], {"a", "b"}),
        ("a", {"a"}),
        (["a", 7, None, ["b"]], {"a"}),
        ({"a": 1}, set()),
        (None, set()),
    ],
)
def test_groups_are_texts(said: object, found: set[str]):
    assert groups({"groups": said}, "groups") == found
    assert groups({}, "groups") == frozenset()


def test_the_highest_role_counts_and_none_is_refused():
    roles = {"a": Role.ADMIN, "m": Role.MODERATOR, "v": Role.VIEWER, "n": Role.VIEWER}
    assert role_of(frozenset({"v", "m", "x"}), roles) is Role.MODERATOR
    assert role_of(frozenset({"v", "a", "m"}), roles) is Role.ADMIN
    assert role_of(frozenset({"n"}), roles) is Role.VIEWER
    for nobody in (frozenset({"x"}), frozenset[str](), frozenset({"A"})):
        with pytest.raises(SignOnError) as refused:
            role_of(nobody, roles)
        assert refused.value.why == "refused"


def test_sites_are_those_of_all_groups():
    there_are = frozenset({"news", "sport"})
    of_group = {"n": ("news",), "s": ("sport", "closed"), "all": ("*",), "gone": ("closed",)}
    assert sites_of(frozenset({"x"}), {}, there_are) is None
    assert sites_of(frozenset({"n", "s"}), of_group, there_are) == {"news", "sport"}
    assert sites_of(frozenset({"s"}), of_group, there_are) == {"sport"}
    assert sites_of(frozenset({"s", "all"}), of_group, there_are) is None
    for nothing in ("gone", "x"):
        with pytest.raises(SignOnError) as refused:
            sites_of(frozenset({nothing}), of_group, there_are)
        assert refused.value.why == "refused"


def test_a_name_that_is_taken_gets_a_suffix():
    found = list(names({"name": " Ada   L. "}, "name", "p_1"))
    assert found[:3] == ["Ada L.", "Ada L. (2)", "Ada L. (3)"]
    assert (found[-1], len(found)) == ("Ada L. (p_1)", 10)
    assert len(set(found)) == len(found)
    long = list(names({"name": "x" * MAX_NAME}, "name", "p_1"))
    assert all(len(one) <= MAX_NAME for one in long)
    assert len(set(long)) == len(long)


@pytest.mark.parametrize("said", [None, 7, "", "  ", "a\u202eb", "x" * (MAX_NAME + 1)])
def test_a_name_that_cannot_be_shown_is_none(said: object):
    assert next(names({"name": said}, "name", "p_1")) == "p_1"
    assert next(names({}, "name", "p_1")) == "p_1"
