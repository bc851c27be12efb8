"""`moderation doctor` as a command: its lines, its JSON, its exit status, and what it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run

_SCORER = "python:tests.fakes.mild_scorer:make"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_SCORER__SPEC", _SCORER)


def test_before_the_first_start_it_leaves_nothing_behind(run: Run, data: Path) -> None:
    shown = run("doctor", "--data", data)
    assert shown.exit_code == 0, shown.output
    lines = shown.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["ok", "configuration"],
        ["ok", "redis"],
        ["ok", "policies"],
        ["ok", "model"],
        ["ok", "callbacks"],
    ]
    assert not data.exists()


@pytest.mark.usefixtures("beside")
def test_beside_a_running_service_its_server_is_looked_at(run: Run, data: Path) -> None:
    shown = run("doctor", "--json", "--data", data)
    told = json.loads(shown.stdout)
    assert (shown.exit_code, told["ok"]) == (0, True)
    checks = {one["check"]: one for one in told["checks"]}
    assert checks["persistence"] == {
        "check": "persistence",
        "level": "ok",
        "found": "append-only file on, appendfsync always, no write error",
        "remedy": "",
    }


def test_every_fault_of_the_configuration_is_a_line_without_its_value(
    run: Run, data: Path, tmp_path: Path
) -> None:
    config = tmp_path / "site.toml"
    config.write_text('[api]\nprot = 1\n[sites.main]\nwebhook_secrets = ["s3cret"]\n')
    shown = run("doctor", "--data", data, "--config", config)
    assert shown.exit_code == 1
    assert [line.split()[:3] for line in shown.stdout.splitlines()] == [
        ["fail", "configuration", "api.prot:"],
        ["fail", "configuration", "sites.main.webhook_secrets[0]:"],
    ]
    assert str(config) in shown.stdout
    assert "s3cret" not in shown.output


def test_what_a_start_would_refuse_is_found(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_server_url: str
) -> None:
    monkeypatch.setenv("REDIS_URL", redis_server_url)
    assert "there is no site" in run("doctor", "--data", data).stdout
    config = tmp_path / "site.toml"
    config.write_text('[sites.main]\ncallback_url = "https://cms.invalid/hook"\n')
    shown = run("doctor", "--data", data, "--config", config)
    assert shown.exit_code == 1
    assert "callback_secrets needs one" in shown.stdout
