"""Every kind of entry that the service writes has its own sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import moderation
from moderation.web.review.records.log_wording import KINDS, happening, where

NAMES = {"p_bob": "bob"}
ADA = {"id": "p_ada", "name": "ada", "via": "page"}
_WRITTEN = re.compile(r'log\.entry\(\s*"(\w+)"')


def test_every_kind_that_is_written_is_known() -> None:
    sources = Path(moderation.__file__).parent.rglob("*.py")
    written = {kind for file in sources for kind in _WRITTEN.findall(file.read_text())}
    assert "policy_applied" in written
    assert written <= KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_that_says_nothing_more_is_a_sentence(kind: str) -> None:
    said = happening({"type": kind, "at": 1}, {})
    assert re.fullmatch(r"somebody [^.]+\.", said)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"type": "policy_applied", "policy": "strict", "version": 3, "replayed": False},
         "ada put version 3 of the policy strict into force, without a replay."),
        ({"type": "policy_applied", "policy": "strict", "version": 3, "replayed": True},
         "ada put version 3 of the policy strict into force."),
        ({"type": "policy_applied", "policy": "strict", "version": 3, "replayed": True,
          "site": "news"},
         "ada put version 3 of the policy strict into force, after a replay over news."),
        ({"type": "role_changed", "person": "p_bob", "role": "viewer"}, "ada made bob a viewer."),
        ({"type": "person_enabled", "person": "p_gone"}, "ada enabled the account of p_gone."),
        ({"type": "sites_changed", "person": "p_bob", "sites": None},
         "ada let bob see every site."),
        ({"type": "sites_changed", "person": "p_bob", "sites": ["a", "b"]},
         "ada let bob see a, b."),
        ({"type": "password_changed", "person": "p_ada"}, "ada changed their own password."),
        ({"type": "password_changed", "person": "p_bob"}, "ada changed the password of bob."),
        ({"type": "key_rotated", "key": "k1", "successor": "k2", "site": "news"},
         "ada exchanged the API key k1 of news for k2."),
    ],
)  # fmt: skip
def test_sentences(entry: dict[str, object], said: str) -> None:
    assert happening({"actor": ADA, **entry}, NAMES) == said


def test_where_it_was_done_is_told() -> None:
    assert where({"actor": ADA}) == "on the page"
    assert where({"actor": {"via": "elsewhere"}}) == "elsewhere"
    assert where({}) == ""
