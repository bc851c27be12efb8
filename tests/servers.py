"""Real servers for the tests: embedded, Debian's redis-server, and a cluster of three of those.

Each is started once a session, on loopback or a Unix socket, ended by its own process id, and bound
to this process, so that a killed test run leaves none behind.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from moderation.store.embedded import EmbeddedServer
from moderation.store.server_command import bound
from tests.requirements import require

KINDS = ("embedded", "redis-server", "redis-cluster")
_STARTED_S = 30


def free_port() -> int:
    """Return a loopback port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def redis_server(directory: Path, **options: str) -> Iterator[int]:
    """Run a redis-server on loopback with an append-only file; yield its port."""
    port = free_port()
    defaults = {"port": str(port), "bind": "127.0.0.1", "dir": str(directory), "save": ""}
    chosen = defaults | {"appendonly": "yes"} | options
    command = [require("redis-server")]
    for name, value in chosen.items():
        command += [f"--{name.replace('_', '-')}", value]
    with _running(command, directory, port, options.get("requirepass")):
        yield port


@contextmanager
def redis_sentinel(directory: Path, *, primary: int, password: str) -> Iterator[int]:
    """Run a Sentinel alone that watches the primary on a port as `mine`; yield its own port."""
    port = free_port()
    configuration = directory / "sentinel.conf"
    configuration.write_text(
        f"bind 127.0.0.1\nport {port}\nsentinel monitor mine 127.0.0.1 {primary} 1\n"
        f'sentinel auth-pass mine "{password}"\n'
    )
    command = [require("redis-server"), str(configuration), "--sentinel"]
    with _running(command, directory, port):
        yield port


@contextmanager
def _running(
    command: list[str], directory: Path, port: int, password: str | None = None
) -> Iterator[None]:
    log = directory / "server.log"
    with log.open("ab") as output:
        child = subprocess.Popen(bound(command), stdout=output, stderr=output)
    try:
        with redis.Redis(port=port, password=password) as client:
            _wait_until(lambda: _answers(client) or child.poll() is not None)
        assert child.poll() is None, log.read_text()
        yield
    finally:
        child.terminate()
        child.wait()


@contextmanager
def redis_cluster(directory: Path) -> Iterator[list[int]]:
    """Run three primaries that share the slots; yield their ports."""
    require("redis-cli")
    with _several(directory, 3) as ports:
        nodes = [f"127.0.0.1:{port}" for port in ports]
        create = ["redis-cli", "--cluster", "create", *nodes, "--cluster-yes"]
        subprocess.run(create, check=True, capture_output=True)
        for port in ports:
            with redis.Redis(port=port, decode_responses=True) as client:
                _wait_until(lambda: client.cluster("INFO")["cluster_state"] == "ok")
        yield ports


@contextmanager
def _several(directory: Path, count: int) -> Iterator[list[int]]:
    if not count:
        yield []
        return
    own = directory / str(count)
    own.mkdir()
    options = {"cluster_enabled": "yes", "cluster_port": str(free_port())}
    with redis_server(own, **options) as port, _several(directory, count - 1) as ports:
        yield [port, *ports]


@pytest.fixture(scope="session")
def _embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = EmbeddedServer(tmp_path_factory.mktemp("embedded") / "data")
    with asyncio.Runner() as runner:
        yield runner.run(server.start())
        runner.run(server.stop())


@pytest.fixture(scope="session")
def _redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with redis_server(tmp_path_factory.mktemp("redis-server")) as port:
        yield port


@pytest.fixture(scope="session")
def _cluster_ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[int]]:
    with redis_cluster(tmp_path_factory.mktemp("redis-cluster")) as ports:
        yield ports


@pytest.fixture
def embedded_url(_embedded: str) -> str:
    """The URL of an empty embedded server."""
    _flush(_embedded)
    return _embedded


@pytest.fixture
def redis_server_url(_redis_port: int) -> str:
    """The URL of an empty redis-server."""
    url = f"redis://127.0.0.1:{_redis_port}"
    _flush(url)
    return url


@pytest.fixture
def cluster_url(_cluster_ports: list[int]) -> str:
    """The URL of an empty cluster."""
    for port in _cluster_ports:
        _flush(f"redis://127.0.0.1:{port}")
    return "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in _cluster_ports)


@pytest.fixture(params=KINDS)
def server_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty server, each kind in turn."""
    fixtures = {"redis-server": "redis_server_url", "redis-cluster": "cluster_url"}
    return str(request.getfixturevalue(fixtures.get(request.param, "embedded_url")))


def _flush(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.flushall()
        client.script_flush()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def _wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _STARTED_S
    while not happened():
        assert time.monotonic() < deadline, "a server did not come up"
        time.sleep(0.02)
