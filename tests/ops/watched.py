"""A real Prometheus and Alertmanager over the committed rules, with all windows made shorter.

What is shortened is each duration in `for:` and in brackets, and Alertmanager's waits; numbers in
an expression, such as the age of what is stuck, stay as they are.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web

from moderation.store.server_command import bound
from tests.requirements import require
from tests.servers import free_port

_DEPLOY = Path(__file__).parents[2] / "deploy"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+)([smhd])")
_STARTED_S = 30.0


def shortened(text: str, factor: int) -> str:
    """Return rules or routes with their durations divided by `factor`, at least a second."""

    def shorter(found: re.Match[str]) -> str:
        seconds = int(found[1]) * _SECONDS[found[2]] / factor
        return f"{max(1000, round(seconds * 1000))}ms"

    def within(found: re.Match[str]) -> str:
        return _DURATION.sub(shorter, found[0])

    waits = r"^ *(for|group_wait|group_interval): \S+$"
    return re.sub(rf"\[[\d:smhd]+\]|{waits}", within, text, flags=re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a receiver was told, and when (monotonic, s)."""

    alert: str
    receiver: str
    fires: bool
    at: float


@dataclass(slots=True)
class Watch:
    """A running Prometheus and Alertmanager, and all notices so far."""

    prometheus: str
    notices: list[Notice] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Take a notification of Alertmanager's."""
        told: dict[str, Any] = await request.json()
        for one in told["alerts"]:
            labels = one["labels"]
            name = " ".join(filter(None, (labels["alertname"], labels.get("slo"))))
            fires = one["status"] == "firing"
            self.notices.append(Notice(name, told["receiver"], fires, time.monotonic()))
        return web.Response()

    async def firing(self) -> set[str]:
        """Return the names of what Prometheus holds to be firing just now."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.prometheus}/api/v1/alerts") as response,
        ):
            alerts = (await response.json())["data"]["alerts"]
        return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"}


@asynccontextmanager
async def watching(directory: Path, targets: dict[str, str], factor: int) -> AsyncIterator[Watch]:
    """Watch `targets` (job → host:port); everything is ended by its own process."""
    ports = [free_port() for _ in range(3)]
    prometheus, alertmanager, receiver = (f"127.0.0.1:{port}" for port in ports)
    watch = Watch(f"http://{prometheus}")
    _write(directory, targets, factor, alertmanager, receiver)
    app = web.Application()
    app.router.add_post("/{receiver}", watch.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", ports[2]).start()
    children = [
        await _start(directory, "prometheus-alertmanager", [
            f"--config.file={directory}/alertmanager.yml", f"--storage.path={directory}/am",
            f"--web.listen-address={alertmanager}", "--cluster.listen-address=",
        ]),
        await _start(directory, "prometheus", [
            f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/tsdb",
            f"--web.listen-address={prometheus}",
        ]),
    ]  # fmt: skip
    try:
        await _ready(f"http://{prometheus}/-/ready", f"http://{alertmanager}/-/ready")
        yield watch
    finally:
        for child in children:
            child.terminate()
            await child.wait()
        await runner.cleanup()


def _write(
    directory: Path, targets: dict[str, str], factor: int, alertmanager: str, receiver: str
) -> None:
    rules = directory / "rules"
    rules.mkdir()
    for path in (_DEPLOY / "prometheus/rules").glob("*.yml"):
        (rules / path.name).write_text(shortened(path.read_text(), factor))
    jobs = [
        {"job_name": job, "static_configs": [{"targets": [target]}]}
        for job, target in targets.items()
    ]
    managers = [{"static_configs": [{"targets": [alertmanager]}]}]
    (directory / "prometheus.yml").write_text(
        yaml.safe_dump(
            {
                "global": {
                    "scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "1s",
                },
                "rule_files": [f"{rules}/*.yml"],
                "alerting": {"alertmanagers": managers},
                "scrape_configs": jobs,
            }
        )
    )  # fmt: skip
    routes = (_DEPLOY / "alertmanager/alertmanager.yml").read_text()
    (directory / "alertmanager.yml").write_text(
        shortened(routes, factor).replace("alerts:8080", receiver)
    )


async def _start(directory: Path, program: str, arguments: list[str]) -> asyncio.subprocess.Process:
    with (directory / f"{program}.log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            *bound([require(program), *arguments]), stdout=log, stderr=log
        )


async def _ready(*addresses: str) -> None:
    deadline = time.monotonic() + _STARTED_S
    async with aiohttp.ClientSession() as session:
        for address in addresses:
            while True:
                try:
                    async with session.get(address) as response:
                        if response.ok:
                            break
                except aiohttp.ClientError:
                    pass
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{address} did not get ready")
                await asyncio.sleep(0.2)
