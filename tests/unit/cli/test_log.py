"""`moderation log`: what other commands changed, as sentences and as JSON lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run


@pytest.mark.usefixtures("beside")
def test_the_log_tells_of_commands_newest_first(run: Run, data: Path, tmp_path: Path) -> None:
    here = ("--data", data)
    file = tmp_path / "mine.toml"
    file.write_text('name = "mine"\nthresholds = {toxicity = 0.5}\n')
    assert run("policy", "apply", file, *here).exit_code == 0
    key = run("keys", "add", "--name", "the CMS", *here).stdout.strip()
    key_id, secret = key.split("_", 2)[1:]
    assert run("keys", "rotate", key_id, *here).exit_code == 0
    assert run("keys", "revoke", key_id, *here).exit_code == 0
    said = run("log", *here).stdout.splitlines()
    assert len(said) == 4
    assert said[0].endswith(f"ended the API key {key_id} “the CMS” of default. (by command)")
    assert "put version 1 of the policy mine into force" in said[3]
    lines = [json.loads(line) for line in run("log", "--json", *here).stdout.splitlines()]
    assert [one["type"] for one in lines] == [
        "key_revoked", "key_rotated", "key_added", "policy_applied"
    ]  # fmt: skip
    assert secret not in str(lines)
    assert lines[2]["scopes"] == ["submit"]
    assert len(run("log", "--count", "2", *here).stdout.splitlines()) == 2
    [only] = run("log", "--kind", "policy_applied", "--json", *here).stdout.splitlines()
    assert json.loads(only)["policy"] == "mine"
    assert run("log", "--count", "0", *here).exit_code == 2


def test_an_empty_log_prints_nothing(run: Run, data: Path) -> None:
    shown = run("log", "--data", data)
    assert (shown.exit_code, shown.stdout) == (0, "")
