"""`moderation keys`: with a running service beside it, and without."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run

KEY = re.compile(r"mod_([0-9a-f]{12})_[A-Za-z0-9_-]{43}\n")


def made(output: str) -> tuple[str, str]:
    """Return the key that a command printed, alone, and its id."""
    match = KEY.fullmatch(output)
    assert match, output
    return output.strip(), match[1]


def life_of_a_key(run: Run, data: Path) -> None:
    added = run("keys", "add", "--scope", "submit", "--scope", "admin", "--name", "cms",
                "--data", data)  # fmt: skip
    assert added.exit_code == 0, added.output
    _, first = made(added.stdout)
    rotated = run("keys", "rotate", first, "--grace-h", "1", "--data", data)
    _, second = made(rotated.stdout)
    assert first != second
    listed = run("keys", "list", "--data", data).stdout
    assert first in listed
    assert second in listed
    assert "submit" in listed
    assert "admin" in listed
    assert not re.search(r"mod_|[A-Za-z0-9_-]{43}", listed)
    assert run("keys", "revoke", first, "--data", data).exit_code == 0
    assert first not in run("keys", "list", "--data", data).stdout
    for refused in (
        run("keys", "revoke", first, "--data", data),
        run("keys", "rotate", first, "--data", data),
    ):
        assert refused.exit_code == 1
        assert refused.stderr.startswith("Error: no ")
        assert refused.stdout == ""


def test_a_key_s_life_without_a_service(run: Run, data: Path) -> None:
    life_of_a_key(run, data)


@pytest.mark.usefixtures("beside")
def test_a_key_s_life_beside_a_running_service(run: Run, data: Path) -> None:
    life_of_a_key(run, data)


def test_the_key_of_a_first_start_is_listed_and_not_its_secret(run: Run, data: Path) -> None:
    listed = run("keys", "list", "--data", data).stdout
    row = next(line for line in listed.splitlines() if "first-start" in line)
    for shown in ("default", "admin", "moderate", "submit", "by settings"):
        assert shown in listed
    assert "mod_" not in listed
    secret = json.loads((data / "credentials.json").read_text())["api_key"]
    assert secret not in listed
    assert not re.search(r"[0-9a-f]{12}", row)


def test_an_ended_key_has_no_successor(run: Run, data: Path) -> None:
    _, first = made(run("keys", "add", "--data", data).stdout)
    made(run("keys", "rotate", first, "--grace-h", "0", "--data", data).stdout)
    assert run("keys", "rotate", first, "--data", data).exit_code == 1
    assert "ended" in run("keys", "list", "--data", data).stdout


def test_a_key_is_for_a_site_that_there_is(run: Run, data: Path) -> None:
    refused = run("keys", "add", "--site", "nowhere", "--data", data)
    assert (refused.exit_code, refused.stderr) == (1, "Error: no site is called nowhere\n")


def test_an_unknown_scope_is_a_wrong_use(run: Run, data: Path) -> None:
    assert run("keys", "add", "--scope", "all", "--data", data).exit_code == 2


def test_what_is_logged_is_not_among_the_answer(
    run: Run, data: Path, redis_server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", redis_server_url)
    monkeypatch.setenv("MODERATION_SITES__DEFAULT__POLICY", "default")
    added = run("keys", "add", "--data", data)
    made(added.stdout)
    assert "appendfsync" in json.loads(added.stderr.splitlines()[0])["event"]
    assert not data.exists()


def test_a_server_that_is_not_there_is_one_message(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://:s3cret@127.0.0.1:1")
    refused = run("keys", "list", "--data", data)
    assert refused.exit_code == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "s3cret" not in refused.output
