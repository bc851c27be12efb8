"""Clients that nobody here wrote, each installed apart: several call themselves by one name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.requirements import require, skip_or_fail

_ROOT = Path(__file__).parents[2] / "build" / "clients"


def from_pypi(requirement: str) -> Path:
    """Return a folder for PYTHONPATH with `name==version` and what it needs; skips without it."""
    uv = Path(sys.executable).with_name("uv")
    target = _ROOT / requirement
    if not (target / ".whole").exists():
        command = [str(uv), "pip", "install", "--quiet", "--python", sys.executable]
        _run([*command, "--target", str(target), requirement], target, requirement)
    return target


def from_npm(requirement: str) -> Path:
    """Return a folder for NODE_PATH with `name@version` and what it needs; skips without it."""
    require("node")
    target = _ROOT / requirement
    if not (target / ".whole").exists():
        command = [require("npm"), "install", "--silent", "--no-audit", "--no-fund"]
        _run([*command, "--prefix", str(target), requirement], target, requirement)
    return target / "node_modules"


def _run(command: list[str], target: Path, requirement: str) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    index = os.environ.get("UV_DEFAULT_INDEX") or _pips("global.index-url")
    found = {"UV_DEFAULT_INDEX": index} if index else {}
    done = subprocess.run(
        command, env={**os.environ, **found}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        skip_or_fail(f"{requirement} can't be installed: {done.stderr.strip()[-300:]}")
    (target / ".whole").touch()


def _pips(setting: str) -> str:
    """Return what pip was told; uv does not read its settings."""
    asked = ["pip", "config", "get", setting]
    pip = shutil.which("pip") or shutil.which("pip3")
    if pip is None:
        return ""
    done = subprocess.run([pip, *asked[1:]], capture_output=True, text=True, check=False)
    return done.stdout.strip()
