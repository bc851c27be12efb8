"""What every test may ask for, and what none may leave behind."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

pytest_plugins = ["tests.servers", "tests.skips"]


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Put logging back: a command or a test of the log sets it for the whole process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
