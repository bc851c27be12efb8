"""People: the table of what each role may do, their names, and what can be a password."""

from __future__ import annotations

import itertools

import pytest

from moderation.domain.errors import InvalidError
from moderation.domain.people import (
    RIGHTS,
    Person,
    Right,
    Role,
    check_password,
    clean_name,
    name_key,
)

#: Written out, so that a change of the table is a change here too.
MAY = {
    ("viewer", "read"),
    ("moderator", "read"),
    ("moderator", "decide"),
    ("moderator", "bulk"),
    ("admin", "read"),
    ("admin", "decide"),
    ("admin", "bulk"),
    ("admin", "escalated"),
    ("admin", "people"),
    ("admin", "policy"),
}


@pytest.mark.parametrize(("role", "right"), list(itertools.product(Role, Right)))
def test_a_role_may_what_the_table_says_and_nothing_else(role: Role, right: Right):
    assert Person("p_1", "ada", role).may(right) is ((role.value, right.value) in MAY)
    assert not Person("p_1", "ada", role, active=False).may(right)


def test_each_role_may_all_that_the_one_before_may():
    assert list(RIGHTS) == list(Role)
    for less, more in itertools.pairwise(RIGHTS.values()):
        assert less < more


@pytest.mark.parametrize(
    ("sites", "active", "seen"),
    [
        (None, True, ["news", "sport"]),
        (frozenset({"news"}), True, ["news"]),
        (frozenset(), True, []),
        (None, False, []),
        (frozenset({"news"}), False, []),
    ],
)
def test_a_person_sees_their_sites(sites: frozenset[str] | None, active: bool, seen: list[str]):
    person = Person("p_1", "ada", Role.ADMIN, sites, active)
    assert [site for site in ("news", "sport") if person.may_see(site)] == seen


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [("Ada", "Ada"), ("  Ada \t L. ", "Ada L."), ("Ａｄａ", "Ada"), ("Jose\u0301", "José")],
)
def test_a_name_is_kept_as_it_is_shown(given: str, cleaned: str):
    assert clean_name(given) == cleaned


@pytest.mark.parametrize("given", ["", "  ", "x" * 65, "a\u200bda", "a\u202eda", "a\x00", "\ud800"])
def test_a_name_that_cannot_be_seen_is_none(given: str):
    with pytest.raises(InvalidError, match="1 to 64 characters"):
        clean_name(given)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ada", "ADA"), ("Straße", "STRASSE"), ("ada l.", " Ada  L. "), ("Ａda", "ada")],
)
def test_two_spellings_are_one_name(one: str, other: str):
    assert name_key(one) == name_key(other)
    assert name_key(clean_name(one)) == name_key(one)


@pytest.mark.parametrize(
    ("password", "fits"),
    [("x" * 11, False), ("x" * 12, True), ("x" * 512, True), ("x" * 513, False), ("", False)],
)
def test_a_password_has_a_length(password: str, fits: bool):
    if fits:
        check_password(password)
        return
    with pytest.raises(InvalidError, match="12 to 512"):
        check_password(password)
