"""The judge scores each text alone, once, and holds what the service would hold."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from moderation.evaluation.judge import Judge, shipped_model
from moderation.scoring.registry import default_model_dir
from tests.unit.evaluation.conftest import WORD_SCORER

THRESHOLDS = {"toxicity": 0.5, "insult": 0.7, "threat": 0.1}
TEXTS = [
    "A fine day.",
    "You idiot!",
    "The muslim choir",
    "A fault to provoke",
    "A longer fine day.",
]


def judge(processes: int = 1) -> Judge:
    found = Judge(WORD_SCORER, THRESHOLDS, processes=processes)
    found.read([*TEXTS, *TEXTS], Console(file=io.StringIO()))
    return found


def test_what_any_threshold_catches_is_held_and_so_is_what_has_no_score() -> None:
    found = judge()
    assert found.held(TEXTS).tolist() == [False, True, True, True, False]
    assert found.unscored == 1
    assert found.scores(["A fault to provoke"]).tolist() == [[1.0, 1.0]]
    assert found.thresholds == {"toxicity": 0.5, "insult": 0.7}  # it has no `threat`
    assert found.score(["You idiot!"], "insult").tolist() == pytest.approx([0.72])


def test_a_margin_is_not_negative_exactly_where_a_text_is_held() -> None:
    found = judge()
    assert ((found.margin(TEXTS) >= 0) == found.held(TEXTS)).all()


def test_several_processes_say_the_same() -> None:
    assert judge(2).scores(TEXTS).tolist() == judge().scores(TEXTS).tolist()


def test_a_folder_s_thresholds_are_known_by_its_name() -> None:
    assert shipped_model("onnx") == default_model_dir()
    assert str(shipped_model("onnx:some/where")) == "some/where"
    assert shipped_model(WORD_SCORER) is None


def test_a_bar_is_shown_on_a_terminal_only_and_never_a_text() -> None:
    screen = io.StringIO()
    found = Judge(WORD_SCORER, THRESHOLDS)
    found.read(TEXTS, Console(file=screen, force_terminal=True))
    assert "scoring" in screen.getvalue()
    assert not [text for text in TEXTS if text in screen.getvalue()]
