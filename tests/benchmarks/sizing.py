"""`python -m tests.benchmarks.sizing`: what a load takes, calculated from the measured figures.

    python -m tests.benchmarks.sizing --per-second 1000
    python -m tests.benchmarks.sizing --per-day 1e9 --record-days 7

It reads docs/scale/figures.json and measures nothing. Cores are those of the machine that the
figures are of; prices are an assumption of the one who asks.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

FIGURES = Path(__file__).parents[2] / "docs" / "scale" / "figures.json"
#: How full a core may be at the peak: of a Redis primary, which is one thread, and of the rest.
PRIMARY_FULL, CORE_FULL = 0.5, 0.7
#: Memory beside what is kept: a copy of pages while the log is rewritten, and fragments.
SPARE_MEMORY = 1.5
SHARDS = 16
_SCORER_MB, _PROCESS_MB = 160, 120
#: What one primary may have: with more it loads its log for minutes, and its fork stops it long.
LARGE_GIB = 64
_ROLES = ("worker", "api", "notifier")
_DAY_S, _GIB, _MONTH_H = 86_400, 2**30, 730


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is asked of it. `peak`: the busiest minute against the mean; prices in any currency."""

    per_s: float
    peak: float = 3.0
    held: float = 0.05
    decided_after_h: float = 12.0
    approved_text_h: float = 24.0
    held_text_d: float = 30.0
    record_d: float = 365.0
    core_hour: float = 0.04
    gib_hour: float = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What it takes. `cores` by part; memory of primaries in GiB, without replicas."""

    peak_per_s: float
    cores: Mapping[str, float]
    primaries: int
    shards: int
    scoring_processes: int
    workers: int
    apis: int
    notifiers: int
    store_gib: float
    record_gib: float
    processes_gib: float
    month: float

    @property
    def gib_a_primary(self) -> float:
        """The memory that each primary needs (GiB), the spare included."""
        return self.store_gib * SPARE_MEMORY / self.primaries


def size(load: Load, figures: Mapping[str, Any]) -> Size:
    """Return what a load takes. `figures`: as `scale.py` writes them."""
    ms, peak = figures["per_comment_ms"], load.per_s * load.peak
    cores = {part: peak * ms[part] / 1000 / CORE_FULL for part in ms if part != "server"}
    busy = peak * ms["server"] / 1000 / PRIMARY_FULL
    kept = _kept_gib(load, figures["bytes"])
    memory = sum(kept.values())
    primaries = max(1, math.ceil(busy), math.ceil(memory * SPARE_MEMORY / LARGE_GIB))
    scoring = math.ceil(cores["scorer"])
    counts = {part: max(1, math.ceil(cores[part])) for part in _ROLES}
    processes = (scoring * _SCORER_MB + sum(counts.values()) * _PROCESS_MB) / 1024
    # With a replica for each primary, whose memory is the same.
    hourly = (sum(cores.values()) + 2 * primaries) * load.core_hour
    hourly += (processes + 2 * memory * SPARE_MEMORY) * load.gib_hour
    return Size(
        peak_per_s=peak,
        cores={**cores, "server": busy},
        primaries=primaries,
        shards=1 if primaries == 1 else max(SHARDS, 2 ** math.ceil(math.log2(primaries))),
        scoring_processes=scoring,
        workers=counts["worker"],
        apis=counts["api"],
        notifiers=counts["notifier"],
        store_gib=memory,
        record_gib=kept["record"],
        processes_gib=processes,
        month=hourly * _MONTH_H,
    )


def _kept_gib(load: Load, each: Mapping[str, float]) -> dict[str, float]:
    """Return what is kept at any time, by what became of it (GiB)."""
    approved, held = load.per_s * (1 - load.held), load.per_s * load.held
    texts_s = {
        "approved": min(load.approved_text_h * 3600, load.record_d * _DAY_S),
        "held": load.decided_after_h * 3600 + load.held_text_d * _DAY_S,
    }
    records_s = load.record_d * _DAY_S
    kept = {
        "approved": approved * texts_s["approved"] * each["approved"],
        "held": held * texts_s["held"] * each["held"],
        "record": each["record"]
        * (
            approved * max(0.0, records_s - texts_s["approved"])
            + held * max(0.0, records_s - texts_s["held"])
        ),
    }
    return {name: size / _GIB for name, size in kept.items()}


def breaks(load: Load, figures: Mapping[str, Any]) -> list[tuple[float, str]]:
    """Return at which mean rate (comments/s) what is full, and what to do; the nearest first.

    `load` says the peak and how long what is kept; its own rate is of no matter.
    """
    one = size(replace(load, per_s=1.0), figures)
    cpu = 1 / one.cores["server"]
    memory = LARGE_GIB / (one.store_gib * SPARE_MEMORY)
    found = [
        (1 / one.cores["scorer"], "a scoring process: add one for each such step"),
        *((1 / one.cores[part], f"one {part} process: add another") for part in _ROLES),
        (cpu, "one primary's thread: a cluster"),
        (memory, f"{LARGE_GIB} GiB of one primary: a cluster, or keep less (`retention`)"),
        (SHARDS * cpu, f"the threads of {SHARDS} primaries: set `store.shards` higher at first"),
        (SHARDS * memory, f"the memory of {SHARDS} primaries: the same, or keep less"),
    ]
    return sorted(found)


@click.command()
@click.option("--per-second", type=float, help="Comments a second, in the mean.")
@click.option("--per-day", type=float, help="Or a day.")
@click.option("--peak", default=3.0, show_default=True, help="The peak against the mean.")
@click.option("--held", default=0.05, show_default=True, help="The share that is held.")
@click.option("--record-days", default=365.0, show_default=True, help="retention.record_d")
@click.option("--held-days", default=30.0, show_default=True, help="…decided_held_text_d")
@click.option("--text-hours", default=24.0, show_default=True, help="…approved_text_h")
@click.option("--core-hour", default=0.04, show_default=True, help="The price of a core's hour.")
@click.option("--gib-hour", default=0.005, show_default=True, help="The price of a GiB's hour.")
def main(
    *, per_second: float | None, per_day: float | None, peak: float, held: float,
    record_days: float, held_days: float, text_hours: float, core_hour: float, gib_hour: float,
) -> None:  # fmt: skip
    """Say what a load takes."""
    if (per_second is None) == (per_day is None):
        raise click.UsageError("say --per-second or --per-day")
    mean = per_second if per_second is not None else (per_day or 0) / _DAY_S
    figures = json.loads(FIGURES.read_text())
    load = Load(
        per_s=mean, peak=peak, held=held, record_d=record_days,
        held_text_d=held_days, approved_text_h=text_hours,
        core_hour=core_hour, gib_hour=gib_hour,
    )  # fmt: skip
    found = size(load, figures)
    for name, value in rows(load, found):
        click.echo(f"{name:<34} {value}")
    for full_at, what in breaks(load, figures):
        click.echo(f"full at {rate(full_at)} comments/s: {what}")


def rate(per_s: float) -> str:
    """Return a rate as it is written."""
    return f"{per_s:,.0f}" if per_s >= 10 else f"{per_s:.1f}"  # a tenth of many is noise


def rows(load: Load, found: Size) -> list[tuple[str, str]]:
    """Return the lines of a size, as names and values."""
    cores = found.cores
    return [
        ("comments/s, mean and peak", f"{rate(load.per_s)} and {rate(found.peak_per_s)}"),
        ("scoring processes (a core each)", f"{found.scoring_processes:,}"),
        ("worker processes, cores", f"{found.workers:,}, {cores['worker']:.1f}"),
        ("api processes, cores", f"{found.apis:,}, {cores['api']:.1f}"),
        ("notifier processes, cores", f"{found.notifiers:,}, {cores['notifier']:.1f}"),
        ("Redis primaries, shards", f"{found.primaries:,}, {found.shards}"),
        ("kept in Redis, GiB", f"{found.store_gib:,.1f}"),
        ("of it records without text, GiB", f"{found.record_gib:,.1f}"),
        ("memory a primary with spare, GiB", f"{found.gib_a_primary:,.1f}"),
        ("memory of processes, GiB", f"{found.processes_gib:,.1f}"),
        ("a month, a replica each included", f"{found.month:,.0f}"),
    ]


if __name__ == "__main__":
    main()
