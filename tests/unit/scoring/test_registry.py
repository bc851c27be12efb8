"""A scorer's name in the settings: what it loads, and what is said when it can't."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from moderation.scoring import registry
from moderation.scoring.scorer import ScorerUnavailableError

FAULTY = "python:tests.fakes.faulty_scorer:"


@pytest.mark.parametrize("spec", ["onnx", f"onnx:{registry.default_model_dir()}"])
def test_the_shipped_model_loads_by_name_and_by_folder(spec: str) -> None:
    assert registry.load(spec, threads=1).model.name == "compact-en"


def test_an_operators_own_scorer_is_made_by_its_factory() -> None:
    assert registry.load(FAULTY + "make", threads=1).labels == ("toxicity", "insult")


@pytest.mark.parametrize(
    "spec", ["", "onyx", "python", "python:", "detoxify", "detoxify:", "https://example.org/m"]
)
def test_an_unknown_name_is_answered_with_the_possible_ones(spec: str) -> None:
    with pytest.raises(ScorerUnavailableError, match=r"detoxify:original.*python:package"):
        registry.load(spec, threads=1)


@pytest.mark.parametrize(
    "spec", ["no.such.module:make", FAULTY[7:] + "nothing", "nothing", ":", "a:"]
)
def test_a_factory_that_is_not_there_is_said(spec: str) -> None:
    with pytest.raises(ScorerUnavailableError, match=r"package\.module:factory"):
        registry.load(f"python:{spec}", threads=1)


def test_a_folder_without_a_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(ScorerUnavailableError, match="no model in"):
        registry.load(f"onnx:{tmp_path}", threads=1)


def test_a_missing_extra_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "moderation.scoring.detoxify", raising=False)
    monkeypatch.setitem(sys.modules, "detoxify", None)
    with pytest.raises(ScorerUnavailableError, match="install the extra"):
        registry.load("detoxify:original", threads=1)
