"""A real Prometheus with the rules of deploy/, by the second, and what it answers.

What it is asked here is what Grafana would ask it. It listens on loopback and ends with the run.
"""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from moderation.store.server_command import bound
from tests.requirements import require
from tests.servers import free_port
from tests.service_kit import until

_RULES = Path(__file__).parents[2] / "deploy/prometheus/rules"
#: What stands for Grafana's variable: at least four scrapes.
_INTERVAL = "30s"
Samples = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running one at `url`."""

    http: aiohttp.ClientSession
    url: str

    async def ask(self, expr: str) -> Samples:
        """Return an expression's series now. Fails where Prometheus refuses it."""
        return await self._asked("query", query=expr.replace("$__rate_interval", _INTERVAL))

    async def ask_range(self, expr: str, start: float, end: float, step_s: int) -> Samples:
        """Return an expression's series over a time, in seconds of the epoch."""
        return await self._asked(
            "query_range",
            query=expr.replace("$__rate_interval", _INTERVAL),
            start=str(start), end=str(end), step=str(step_s),
        )  # fmt: skip

    async def is_scraping(self) -> bool:
        """Return whether it has scraped something."""
        try:
            return bool(await self.ask("up == 1"))
        except aiohttp.ClientError:
            return False

    async def _asked(self, what: str, **params: str) -> Samples:
        async with self.http.get(f"{self.url}/api/v1/{what}", params=params) as response:
            answer = await response.json()
        assert answer["status"] == "success", (params["query"], answer)
        return list(answer["data"]["result"])


@asynccontextmanager
async def prometheus(
    directory: Path, jobs: Mapping[str, Sequence[str]]
) -> AsyncIterator[Prometheus]:
    """Run it over the operators' addresses of each job, until it has scraped the first."""
    port = free_port()
    chosen = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [f"{_RULES}/*.yml"],
        "scrape_configs": [
            {
                "job_name": job,
                "static_configs": [{"targets": [one.removeprefix("http://") for one in addresses]}],
            }
            for job, addresses in jobs.items()
        ],
    }
    file = directory / "prometheus.yml"
    file.write_text(yaml.safe_dump(chosen))
    process = await asyncio.create_subprocess_exec(
        *bound([
            require("prometheus"), f"--config.file={file}", "--log.level=error",
            f"--storage.tsdb.path={directory / 'tsdb'}", f"--web.listen-address=127.0.0.1:{port}",
        ]),
        stdout=DEVNULL,
    )  # fmt: skip
    try:
        async with aiohttp.ClientSession() as http:
            running = Prometheus(http, f"http://127.0.0.1:{port}")
            await until(running.is_scraping)
            yield running
    finally:
        process.terminate()
        await process.wait()
