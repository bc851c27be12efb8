"""`moderation serve`: what it refuses, and what it says; how it runs is an integration test."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run

FREE = ("--port", "0", "--ops-port", "0")


@pytest.mark.parametrize("role", ["api", "worker", "notifier"])
def test_a_single_role_needs_a_server(run: Run, data: Path, role: str) -> None:
    refused = run("serve", "--role", role, "--data", data, *FREE)
    assert refused.exit_code == 1
    assert "needs REDIS_URL" in refused.stderr
    assert refused.stdout == ""


def test_all_faults_of_the_configuration_are_listed_at_once(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "moderation.toml"
    config.write_text('[worker]\nlease = 3\n[nothing]\nx = "s3cret"\n')
    monkeypatch.setenv("MODERATION_API__PROT", "s3cret")
    refused = run("serve", "--config", config, "--data", data, "--port", "99999")
    assert refused.exit_code == 1
    for key in ("worker.lease", "nothing", "api.prot", "api.port"):
        assert key in refused.stderr
    assert "4 faults" in refused.stderr
    assert "s3cret" not in refused.output
    assert not data.exists()


def test_a_port_in_use_is_one_message(run: Run, data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = run("serve", "--data", data, "--port", str(port), "--ops-port", "0")
    assert refused.exit_code == 1
    assert refused.stderr.splitlines()[-1] == (
        f"Error: can't listen on 127.0.0.1:{port}: Address already in use; "
        "choose other ports by --port and --ops-port"
    )


def test_a_host_that_is_not_there_is_one_message(run: Run, data: Path) -> None:
    refused = run("serve", "--data", data, "--host", "nowhere.invalid", *FREE)
    assert refused.exit_code == 1
    assert refused.stderr.splitlines()[-1].startswith("Error: can't listen on nowhere.invalid:0: ")
    assert "Unknown error" not in refused.stderr
