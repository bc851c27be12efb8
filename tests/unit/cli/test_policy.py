"""`moderation policy`: check, apply, list, replay."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run

GOOD = 'name = "mine"\nthresholds = {toxicity = 0.5}\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    return path


def test_a_good_file_is_good(run: Run, file: Path) -> None:
    checked = run("policy", "check", file)
    assert checked.exit_code == 0
    assert checked.stdout.startswith("mine: good, ")


def test_what_would_hold_everything_is_warned_of(run: Run, file: Path) -> None:
    file.write_text(
        'name = "mine"\nthresholds = {toxicity = 0.5, toxic = 0.5}\n'
        "[sections.sport]\nthresholds = {insult = 0.0}\n"
    )
    checked = run("policy", "check", file)
    assert checked.exit_code == 0
    assert checked.stderr.splitlines() == [
        "warning: no model that ships gives 'toxic'; it would hold everything",
        "warning: insult is held from 0 in sport: everything is",
    ]


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (b'name = "Mine"\nthresholds = {}\nwhat = 1\n', ["name", "thresholds", "what"]),
        (b"name = [", ["not TOML"]),
        (b"name = '\xff'", ["not UTF-8"]),
        (GOOD.encode() + b"[rules]\nmax_links = -1\nbanned_words = ['*']\n",
         ["rules.max_links", "rules.banned_words"]),
    ],
)  # fmt: skip
def test_a_bad_file_has_all_its_faults_listed(
    run: Run, file: Path, content: bytes, faults: list[str]
) -> None:
    file.write_bytes(content)
    for command in ("check", "apply", "replay"):
        refused = run("policy", command, file)
        assert refused.exit_code == 1
        assert refused.stdout == ""
        for fault in (*faults, "mine.toml"):
            assert fault in refused.stderr


def test_applying_makes_a_version_only_of_what_changed(run: Run, file: Path, data: Path) -> None:
    first = run("policy", "apply", file, "--data", data)
    assert first.stdout == "mine is at version 1\n"
    assert run("policy", "apply", file, "--data", data).stdout == "mine is at version 1\n"
    file.write_text(GOOD.replace("0.5", "0.6"))
    assert run("policy", "apply", file, "--data", data).stdout == "mine is at version 2\n"
    listed = run("policy", "list", "--data", data).stdout
    assert "mine" in listed
    assert listed.count("2") == 2


@pytest.mark.usefixtures("beside")
def test_replay_of_nothing_is_an_empty_table(run: Run, file: Path, data: Path) -> None:
    replayed = run("policy", "replay", file, "--data", data)
    assert replayed.exit_code == 0
    assert "mine on default" in replayed.stdout
