"""What the tests of a whole service share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a child process import `tests.fakes`."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
