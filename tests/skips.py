"""Where `CI` is set everything is installed: a skip there is a failure, however it came about."""

from __future__ import annotations

import os

import pytest
from _pytest.terminal import TerminalReporter


def _are_forbidden(reporter: TerminalReporter) -> bool:
    return bool(os.environ.get("CI")) and bool(reporter.stats.get("skipped"))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run for its skips."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and _are_forbidden(reporter) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say why a run without a failed test failed."""
    if _are_forbidden(terminalreporter):
        terminalreporter.write_line("CI is set, so a skipped test fails the run", red=True)
