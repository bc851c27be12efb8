"""What a test needs from the machine: without it a laptop skips, and CI fails."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def skip_or_fail(reason: str) -> NoReturn:
    """Skip with `reason`; where `CI` is set everything is installed, so a skip is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"missing in CI: {reason}")
    pytest.skip(reason)


def require(program: str) -> str:
    """Return where `program` is, else skip or fail."""
    return shutil.which(program) or skip_or_fail(f"{program} is not installed")
