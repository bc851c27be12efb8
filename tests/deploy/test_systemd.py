"""deploy/systemd: verified, shut in, and the shut-in service can still score."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.deploy import test_compose
from tests.deploy.dockerfile import DOCKERFILE
from tests.deploy.parts import ROLES
from tests.requirements import require, skip_or_fail

DIRECTORY = DOCKERFILE.parent / "deploy/systemd"
UNITS = sorted(path.name for path in DIRECTORY.glob("*.service"))
DROP_IN = "moderation-.service.d/10-service.conf"
#: Tenths of systemd's exposure level, 0 to 100; what is left is the network, which it is for.
_MOST_EXPOSED = 15


def unit(name: str) -> ConfigParser:
    found = ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(DIRECTORY / name)
    return found


def command(name: str) -> list[str]:
    return shlex.split(unit(name)["Service"]["ExecStart"])


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as they lie on a machine, with a program to start."""
    shutil.copytree(DIRECTORY, tmp_path, dirs_exist_ok=True)
    program = tmp_path / "moderation"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for name in UNITS:
        path = tmp_path / name
        path.write_text(path.read_text().replace("/opt/moderation/bin/moderation", str(program)))
    return tmp_path


def analyze(directory: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    environ = os.environ | {"SYSTEMD_UNIT_PATH": f"{directory}:"}
    return subprocess.run(
        [require("systemd-analyze"), "--no-pager", *words],
        env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", [*UNITS, "moderation.target"])
def test_systemd_understands_every_line(installed: Path, name: str) -> None:
    found = analyze(installed, "verify", "--man=no", installed / name)
    assert (found.returncode, found.stderr) == (0, "")


@pytest.mark.parametrize("name", UNITS)
def test_little_is_left_open(installed: Path, name: str) -> None:
    most = f"--threshold={_MOST_EXPOSED}"
    found = analyze(installed, "security", "--offline=true", most, installed / name)
    assert found.returncode == 0, found.stdout
    # Without what all units share, this would not say so.
    (installed / DROP_IN).unlink()
    assert analyze(installed, "security", "--offline=true", most, installed / name).returncode == 1


def test_each_role_has_a_unit_of_its_own_that_runs_as_compose_runs_it() -> None:
    assert sorted(["moderation-all.service", *(f"moderation-{r}.service" for r in ROLES)]) == UNITS
    ports = set()
    for role in ROLES:
        program, *words = command(f"moderation-{role}.service")
        assert program == "/opt/moderation/bin/moderation"
        ports.add(words.pop())
        assert words.pop() == "--ops-port"
        words[-1] = "/run/secrets/moderation.toml"
        assert words == test_compose.services()[role]["command"]
    assert len(ports) == len(ROLES)
    assert command("moderation-all.service")[1:] == [
        *("serve", "--config", "%d/moderation.toml", "--data", "%S/moderation"),
    ]


def test_the_target_takes_all_roles_and_not_the_one_in_their_place() -> None:
    wanted = unit("moderation.target")["Unit"]["Wants"].split()
    assert wanted == [f"moderation-{role}.service" for role in ROLES]
    assert unit("moderation-all.service")["Unit"]["Conflicts"] == "moderation.target"


def test_only_the_main_process_is_told_to_stop_and_no_core_is_left() -> None:
    shared = unit(DROP_IN)["Service"]
    assert (shared["KillMode"], shared["LimitCORE"]) == ("mixed", "0")


def test_the_account_and_the_folder_are_made(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        skip_or_fail("accounts are made by root")
    (tmp_path / "etc").mkdir()
    root = f"--root={tmp_path}"
    for program, options, name in (
        ("systemd-sysusers", (), "sysusers.d"),
        ("systemd-tmpfiles", ("--create",), "tmpfiles.d"),
    ):
        file = DIRECTORY / name / "moderation.conf"
        (tmp_path / "usr/lib" / name).mkdir(parents=True)
        shutil.copy(file, tmp_path / "usr/lib" / name)
        subprocess.run([require(program), root, *options, "moderation.conf"], check=True)
    account = next(
        line.split(":")
        for line in (tmp_path / "etc/passwd").read_text().splitlines()
        if line.startswith("moderation:")
    )
    assert (account[5], account[6]) == ("/var/lib/moderation", "/usr/sbin/nologin")
    assert (tmp_path / "etc/moderation").stat().st_mode & 0o777 == 0o700
