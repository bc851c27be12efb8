"""What is remembered of explanations, for how long, and when it no longer fits."""

from __future__ import annotations

from moderation.domain.scores import ModelInfo
from moderation.services.known_explanations import KnownExplanations

MODEL, NEXT = ModelInfo("compact-en", "1"), ModelInfo("compact-en", "2")
STATE = {"rev": "1", "dv": "2"}
MADE = {"revision": 1, "labels": []}


def test_it_is_known_for_this_text_decision_and_model_alone():
    known = KnownExplanations(2)
    known.keep("c_1", STATE, MODEL, MADE)
    assert known.get("c_1", STATE, MODEL) == MADE
    for comment, state, model in (
        ("c_2", STATE, MODEL), ("c_1", {**STATE, "rev": "2"}, MODEL),
        ("c_1", {**STATE, "dv": "3"}, MODEL), ("c_1", {"rev": "1"}, MODEL), ("c_1", STATE, NEXT),
    ):  # fmt: skip
        assert known.get(comment, state, model) is None
    known.keep("c_1", {"rev": "2"}, MODEL, {"revision": 2})
    assert len(known) == 1
    assert known.get("c_1", STATE, MODEL) is None


def test_the_longest_unused_goes_first_and_what_is_forgotten_at_once():
    known = KnownExplanations(2)
    for comment in ("c_1", "c_2"):
        known.keep(comment, STATE, MODEL, MADE)
    assert known.get("c_1", STATE, MODEL)
    known.keep("c_3", STATE, MODEL, MADE)
    assert known.get("c_2", STATE, MODEL) is None
    assert known.get("c_1", STATE, MODEL)
    known.forget("c_1")
    known.forget("c_1")
    assert known.get("c_1", STATE, MODEL) is None
    assert len(known) == 1
