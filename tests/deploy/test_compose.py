"""deploy/compose.yaml: valid, shut in, and its commands make a service."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from moderation.store.embedded import find_binary
from moderation.store.server_command import bound
from tests.deploy import parts
from tests.deploy.dockerfile import DOCKERFILE
from tests.requirements import require
from tests.servers import free_port

FILE = DOCKERFILE.parent / "deploy/compose.yaml"
_PASSWORD = "a-password-of-the-tests"


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text())["services"]
    return found


@pytest.mark.parametrize("profile", [[], ["--profile", "observability"]], ids=["own", "watched"])
def test_compose_takes_it(profile: list[str]) -> None:
    command = [require("docker-compose"), "-f", FILE, *profile, "config", "-q"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


def test_the_linter_wants_digests_and_nothing_else() -> None:
    """Which digest is the reader's to choose: docs/deploying.md says how."""
    lint = Path(sys.executable).with_name("compose-lint")
    command = [lint, "check", "-q", "--no-env", "--fail-on", "low", FILE]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    said = [line for line in found.splitlines() if "CL-" in line]
    assert len(said) == len(services())
    assert all("CL-0019" in line for line in said)


def test_every_part_is_shut_in_and_asked_how_it_is() -> None:
    for name, service in services().items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["user"].partition(":")[0] not in {"", "0", "root"}, name
        assert service["healthcheck"]["test"], name
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name


def test_a_worker_has_no_way_out_and_no_port_is_open_to_all() -> None:
    whole = yaml.safe_load(FILE.read_text())
    inner = {name for name, network in whole["networks"].items() if network.get("internal")}
    for name in ("worker", "valkey", "prometheus"):
        assert set(services()[name]["networks"]) <= inner, name
    ports = [port for service in services().values() for port in service.get("ports", ())]
    assert [port.rpartition(":")[0].rpartition(":")[0] for port in ports] == ["127.0.0.1"] * 2


def test_what_is_mounted_is_there() -> None:
    volumes = yaml.safe_load(FILE.read_text())["volumes"]
    for name, service in services().items():
        for mount in service.get("volumes", ()):
            source = mount.partition(":")[0]
            there = (FILE.parent / source).is_dir() and mount.endswith(":ro")
            assert source in volumes or there, f"{name}: {mount}"


def test_nothing_secret_stands_in_it() -> None:
    for name, service in services().items():
        for variable, value in (service.get("environment") or {}).items():
            assert "PASSWORD" not in variable or value.startswith("/run/secrets/"), name
    secrets = yaml.safe_load(FILE.read_text())["secrets"]
    assert all(list(secret) == ["file"] for secret in secrets.values())
    assert "deploy/secrets/" in (FILE.parents[1] / ".gitignore").read_text().splitlines()


@contextmanager
def _valkey(directory: Path) -> Iterator[str]:
    """Run the server by the command of the file; yield its URL."""
    port = free_port()
    secret = directory / "valkey.conf"
    secret.write_text(f"requirepass {_PASSWORD}\nbind 127.0.0.1\nport {port}\n")
    _, *command = map(str, services()["valkey"]["command"])
    command[command.index("/run/secrets/valkey.conf")] = str(secret)
    command[command.index("--dir") + 1] = str(directory)
    with (directory / "server.log").open("ab") as log:
        server = subprocess.Popen(bound([str(find_binary()), *command]), stdout=log, stderr=log)
    try:
        yield f"redis://:{_PASSWORD}@127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait()


async def test_its_commands_make_a_service_on_a_server_that_keeps_everything(
    tmp_path: Path,
) -> None:
    with _valkey(tmp_path) as url:
        config = parts.configured(tmp_path, url)
        commands = {role: services()[role]["command"] for role in parts.ROLES}
        environ = {role: services()[role].get("environment", {}) for role in parts.ROLES}
        async with parts.started(tmp_path, commands, config, environ) as running:
            await parts.serves(running)
        for one in running.values():
            assert not [line for line in one.logged if '"level": "warning"' in line]
