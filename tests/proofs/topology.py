"""Several servers behind one URL: a cluster of three primaries, and one primary with Sentinel.

Every server's log is synced at each write; what is on trial is what its replica has.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import redis

from moderation.store.server_command import find_binary
from tests.proofs.preload import NotPossibleError
from tests.proofs.server import Server, on_port
from tests.servers import free_port

_PRIMARIES = 3
_NODE_TIMEOUT_MS = "2000"
_SETTLED_S = 60.0
_LOOK_S = 0.05


class Servers(ABC):
    """Primaries and their replicas; `url` is where the service finds them all."""

    pid = None  # the deployment's own kills strike none of them
    #: Whether a primary that comes back takes writes until it is told of its successor.
    is_briefly_two = False

    def __init__(self, nodes: list[Server], url: str) -> None:
        self.nodes = nodes
        self.url = url

    async def start(self) -> str:
        """Start all, make them one, and return the URL."""
        await asyncio.gather(*(node.start() for node in self.nodes))
        await self.join()
        await until(self.is_whole)
        return self.url

    @abstractmethod
    async def join(self) -> None:
        """Tell fresh servers of each other."""

    async def stop(self) -> None:
        """End all."""
        await asyncio.gather(*(node.stop() for node in self.nodes))

    def replicas_of(self, primary: Server) -> list[Server]:
        """Return the running servers that copy a primary."""
        port = primary.url.rpartition(":")[2]
        return [
            node
            for node in self.nodes
            if node is not primary and str(_role(node).get("master_port")) == port
        ]

    def primary(self, draw: random.Random) -> Server:
        """Return one of the primaries."""
        return draw.choice([node for node in self.nodes if _role(node).get("role") == "master"])

    def is_whole(self) -> bool:
        """Tell whether every server runs and every replica is connected."""
        roles = [_role(node) for node in self.nodes]
        return (
            all(
                role.get("role") == "master" or role.get("master_link_status") == "up"
                for role in roles
            )
            and len([role for role in roles if role.get("role") == "master"]) == self._wanted()
        )

    def _wanted(self) -> int:
        return 1


class Cluster(Servers):
    """Three primaries, each with a replica."""

    def __init__(self, directory: Path) -> None:
        nodes = [_node(directory / f"node-{n}") for n in range(2 * _PRIMARIES)]
        super().__init__(nodes, f"redis+cluster://{','.join(map(_address, nodes))}")

    async def join(self) -> None:
        """Create the cluster by redis-cli. Raises NotPossibleError."""
        if (client := shutil.which("redis-cli")) is None:
            raise NotPossibleError("redis-cli is not installed")
        addresses = [_address(node) for node in self.nodes]
        create = [client, "--cluster", "create", *addresses, "--cluster-replicas", "1"]
        await asyncio.to_thread(
            subprocess.run, [*create, "--cluster-yes"], check=True, capture_output=True
        )

    def is_whole(self) -> bool:
        """Tell whether also every server finds the cluster complete."""
        return super().is_whole() and all(_state(node) == "ok" for node in self.nodes)

    def _wanted(self) -> int:
        return _PRIMARIES


class Watched(Servers):
    """A primary and two replicas, with a Sentinel that promotes one of them."""

    is_briefly_two = True

    def __init__(self, directory: Path, **options: str) -> None:
        nodes = [on_port(directory / f"node-{n}", **options) for n in range(3)]
        port = free_port()
        self._configuration = directory / "sentinel.conf"
        self._sentinel = Server(
            [str(find_binary()), str(self._configuration), "--sentinel"],
            directory / "sentinel",
            f"redis://127.0.0.1:{port}",
        )
        super().__init__(nodes, f"redis+sentinel://127.0.0.1:{port}/mine")

    async def join(self) -> None:
        """Make two servers replicas of the first, and let the Sentinel watch it."""
        port = _address(self.nodes[0]).rpartition(":")[2]
        for node in self.nodes[1:]:
            with node.admin() as admin:
                admin.replicaof("127.0.0.1", port)
        await until(self.is_whole)
        own = self._sentinel.url.rpartition(":")[2]
        self._configuration.write_text(
            f"bind 127.0.0.1\nport {own}\nsentinel monitor mine 127.0.0.1 {port} 1\n"
            "sentinel down-after-milliseconds mine 1000\nsentinel failover-timeout mine 6000\n"
        )
        await self._sentinel.start()

    async def stop(self) -> None:
        """End all, the Sentinel first."""
        await self._sentinel.stop()
        await super().stop()


def cut_off(primary: Server, replicas: list[Server]) -> float:
    """Part replicas from their primary as a network would; return since when (monotonic)."""
    moment = time.monotonic()
    for replica in replicas:
        replica.send(signal.SIGSTOP)
    with primary.admin() as admin:
        admin.client_kill_filter(_type="replica")
    return moment


async def until(happened: Callable[[], bool]) -> None:
    """Return when something is so; TimeoutError when it does not become so in a minute."""
    async with asyncio.timeout(_SETTLED_S):
        while not happened():  # noqa: ASYNC110 - a server is asked, which tells nobody by itself
            await asyncio.sleep(_LOOK_S)


def is_primary(node: Server) -> bool:
    """Tell whether a server takes writes."""
    return _role(node).get("role") == "master"


def _node(directory: Path) -> Server:
    return on_port(
        directory,
        **{
            "cluster-enabled": "yes",
            "cluster-port": str(free_port()),
            "cluster-node-timeout": _NODE_TIMEOUT_MS,
        },
    )


def _address(node: Server) -> str:
    return node.url.removeprefix("redis://")


def _role(node: Server) -> dict[str, Any]:
    """Return what a server says of its place, nothing while it is away.

    A Sentinel that demotes a server parts it from all its clients.
    """
    found: dict[str, Any] = {}
    if node.pid is not None:
        with suppress(redis.ConnectionError), node.admin() as admin:
            found = admin.info("replication")
    return found


def _state(node: Server) -> str:
    with node.admin() as admin:
        return str(admin.cluster("INFO")["cluster_state"])
