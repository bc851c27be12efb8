"""What a log line says of a fault: its kind and place, never its message."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
import structlog

from moderation.telemetry import configure_logging


@pytest.fixture
def logged() -> Any:
    """Log to memory; returns what reads the lines back."""
    stream = io.StringIO()
    configure_logging(stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(text: str) -> None:
    raise ValueError(f"could not score: {text}")


def test_an_exception_is_its_kind_and_its_place(logged: Any) -> None:
    try:
        fail("you are an idiot")
    except ValueError:
        structlog.get_logger("moderation.test").exception("failed", comment="c_1")
        logging.getLogger("library").exception("failed too")
    ours, theirs = logged()
    for line in (ours, theirs):
        assert line["exception"] == "ValueError"
        assert line["at"][-1].startswith("fail:")
        assert "idiot" not in str(line)
    assert (ours["logger"], ours["level"], ours["comment"]) == ("moderation.test", "error", "c_1")
    assert theirs["logger"] == "library"


def test_a_group_is_told_by_what_is_in_it(logged: Any) -> None:
    try:
        try:
            fail("you are an idiot")
        except ValueError as error:
            raise ExceptionGroup("outer", [ExceptionGroup("inner", [error])]) from None
    except ExceptionGroup:
        structlog.get_logger().exception("failed")
    [line] = logged()
    assert line["exception"] == "ValueError"
    assert line["at"][-1].startswith("fail:")
    assert "idiot" not in str(line)
