"""The model's runtime reports to nobody: it would keep what it reports under the home directory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

_LOADED = (
    "from moderation.scoring.onnx import OnnxScorer; "
    "from moderation.scoring.registry import default_model_dir; "
    "OnnxScorer(default_model_dir()).score('a good day')"
)


def kept(home: Path, *command: str, **changes: str) -> list[Path]:
    """Return what a command leaves in an empty home directory."""
    home.mkdir()
    # Nothing else of this environment: where `CI` is set, the runtime is silent by itself.
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    given = json.dumps({"text": "a good day"}) + "\n"
    subprocess.run(
        [sys.executable, *command],
        input=given, text=True, check=True, stdout=subprocess.DEVNULL,
        env=environ | {"HOME": str(home)} | changes,
    )  # fmt: skip
    return [path for path in home.rglob("*") if path.is_file()]


def test_nothing_is_kept_to_be_reported(tmp_path: Path) -> None:
    assert kept(tmp_path / "in a scoring process", "-m", "moderation", "score") == []
    assert kept(tmp_path / "in this one", "-c", _LOADED) == []
    # The runtime does it unless told otherwise: without this, the rest would show nothing.
    assert kept(tmp_path / "unless told", "-c", _LOADED, ORT_DISABLE_TELEMETRY="0")
