"""`python -m tests.benchmarks.scale`: how the service grows; writes docs/scale/ and docs/scale.md.

Throughput against workers, the queue's costs against what waits, on one server and on a cluster of
sixteen shards, and the bytes of a comment. What follows for a load is `sizing.py`'s to say.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import redis
import structlog
import uvloop
from rich.console import Console

from tests.benchmarks.report import machine
from tests.benchmarks.scale_backlog import by_backlog
from tests.benchmarks.scale_bytes import by_state
from tests.benchmarks.scale_page import FIGURES, PAGE, write
from tests.benchmarks.scale_workers import by_workers
from tests.servers import redis_cluster, redis_server

_BENCHMARKS = FIGURES.parents[1] / "benchmarks.md"
PARTS = ("bytes", "workers", "waiting")
_SYNCED, _NO_LOG = {"appendfsync": "always"}, {"appendonly": "no"}


@click.command()
@click.option("--page-only", is_flag=True, help="Write the page from the figures of the last run.")
@click.option("--only", type=click.Choice(PARTS), help="Measure this part of it anew.")
def main(*, page_only: bool, only: str | None) -> None:
    """Measure how the service grows, and write figures, pictures and page."""
    console = Console()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    figures = json.loads(FIGURES.read_text()) if page_only or only else {"one": {}, "cluster": {}}
    if not page_only:
        with tempfile.TemporaryDirectory(prefix="moderation-scale-") as name:
            _measure(console, Path(name), figures, [only] if only else PARTS)
        FIGURES.parent.mkdir(exist_ok=True)
        FIGURES.write_text(json.dumps(figures, indent=2) + "\n")
    write(figures)
    console.print(f"written: {FIGURES.parent} and {PAGE}")


def _measure(
    console: Console, directory: Path, figures: dict[str, Any], parts: Sequence[str]
) -> None:
    """Put what is measured of `parts` into the figures."""
    if set(parts) >= {"workers", "waiting"}:  # bytes are the same on any machine, however busy
        figures["machine"] = machine()
    figures |= {"model": _model(), "per_comment_ms": _per_comment_ms()}
    if "bytes" in parts:
        console.print("the bytes of a comment …")
        figures["bytes"] = uvloop.run(by_state(directory / "bytes"))
    for name, serving in (("one", _one), ("cluster", _cluster)):
        if "workers" in parts:
            console.print(f"one, two, four, eight workers: {name} …")
            with serving(_made(directory / f"{name}-workers"), _SYNCED) as url:
                found = uvloop.run(by_workers(directory / f"{name}-roles", url))
            figures[name]["workers"] = found
        if "waiting" in parts:
            console.print(f"a growing queue: {name} …")
            with serving(_made(directory / name), _NO_LOG) as url:
                figures[name] |= uvloop.run(by_backlog(url))


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True)
    return directory


def _model() -> str:
    """Return the model whose CPU `make bench` measured."""
    named = re.search(r"^\| scorer \| ([^|]+?) \|", _BENCHMARKS.read_text(), re.MULTILINE)
    assert named, "run `make bench` first"
    return named[1]


def _per_comment_ms() -> dict[str, float]:
    """Return what each part spends on a comment with a full queue, as `make bench` wrote it."""
    text = _BENCHMARKS.read_text()
    scorer = re.search(r"full queue: the scorer's CPU, ms a comment \| ([\d.]+)", text)
    own = re.search(r"full queue: the service's own, ms a comment \| [\d.]+ \(([^)]+)\)", text)
    assert scorer, "run `make bench` first"
    assert own, "run `make bench` first"
    parts = dict(part.rsplit(" ", 1) for part in own[1].split(", "))
    return {"scorer": float(scorer[1])} | {name: float(ms) for name, ms in parts.items()}


@contextmanager
def _one(directory: Path, options: dict[str, str]) -> Iterator[str]:
    with redis_server(directory) as port:
        _set([port], options)
        yield f"redis://127.0.0.1:{port}"


@contextmanager
def _cluster(directory: Path, options: dict[str, str]) -> Iterator[str]:
    with redis_cluster(directory) as ports:
        _set(ports, options)
        yield f"redis+cluster://127.0.0.1:{ports[0]}"


def _set(ports: list[int], options: dict[str, str]) -> None:
    for port in ports:
        with redis.Redis(port=port) as client:
            for name, value in options.items():
                client.config_set(name, value)


if __name__ == "__main__":
    main()
