"""Scores that are remembered: of the same text by the same model, so many and no more."""

from __future__ import annotations

from moderation.domain.scores import ModelInfo, Scored, Unscored, UnscoredReason
from moderation.services.known_scores import KnownScores

MODEL = ModelInfo("m", "1")


def scored(score: float) -> Scored:
    return Scored({"toxicity": score}, MODEL, 0.01)


def test_the_same_text_has_the_same_scores_and_took_no_time() -> None:
    known = KnownScores(10)
    known.keep("a fine day", scored(0.1))
    assert known.get("a fine day", MODEL) == Scored({"toxicity": 0.1}, MODEL, 0.0)
    assert known.get("a fine day ", MODEL) is None
    known.keep("\ud800", scored(0.2))
    assert known.get("\ud800", MODEL) is not None


def test_another_model_is_asked_itself() -> None:
    known = KnownScores(10)
    known.keep("a fine day", scored(0.1))
    assert known.get("a fine day", ModelInfo("m", "2")) is None
    assert known.get("a fine day", None) is None


def test_what_had_no_score_is_not_remembered() -> None:
    known = KnownScores(10)
    known.keep("a fine day", Unscored(UnscoredReason.TIMEOUT))
    assert known.get("a fine day", MODEL) is None
    assert len(known) == 0


def test_the_longest_unused_goes_first() -> None:
    known = KnownScores(2)
    for text in ("one", "two"):
        known.keep(text, scored(0.1))
    assert known.get("one", MODEL)
    known.keep("three", scored(0.1))
    assert [bool(known.get(text, MODEL)) for text in ("one", "two", "three")] == [True, False, True]
    none = KnownScores(0)
    none.keep("one", scored(0.1))
    assert len(none) == 0
