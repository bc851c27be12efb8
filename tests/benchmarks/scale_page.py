"""From the figures of `scale.py` to docs/scale.md and its pictures; it measures nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from tests.benchmarks.scale_backlog import OPERATIONS
from tests.benchmarks.scale_plot import Line, plot
from tests.benchmarks.scale_workers import SLEEP_MS
from tests.benchmarks.sizing import FIGURES, LARGE_GIB, Load, breaks, rate, rows, size

__all__ = ["FIGURES", "PAGE", "rendered", "write"]

PAGE = FIGURES.parents[1] / "scale.md"
_TEMPLATE = Path(__file__).with_name("scale.md")
_NAMES = {"one": "one server", "cluster": "cluster"}
_SERVERS = {"one": "one server, 2 shards", "cluster": "a cluster of 3 primaries, 16 shards"}
_DAY_S = 86_400
#: The loads of the calculation; the larger ones keep less, as who pays for it would.
LOADS = {
    "100,000 a day": Load(per_s=100_000 / _DAY_S),
    "1,000 a second": Load(per_s=1000, record_d=7, held_text_d=7, approved_text_h=2),
    "10⁹ a day": Load(per_s=1e9 / _DAY_S, record_d=2, held_text_d=1, approved_text_h=1),
}


def write(figures: Mapping[str, Any]) -> None:
    """Write the page and its pictures."""
    for path, text in rendered(figures).items():
        path.write_text(text)


def rendered(figures: Mapping[str, Any]) -> dict[Path, str]:
    """Return every file that is made of the figures."""
    pictures = {
        "workers": _workers_plot(figures),
        "waiting": _costs_plot(figures),
    }
    values = {
        "workers": "\n".join(_workers(figures)),
        "costs": "\n".join(_costs(figures)),
        "bytes": "\n".join(_bytes(figures["bytes"])),
        "loads": "\n".join(_loads(figures)),
        "breaks": "\n".join(_breaks(figures)),
        "machine": _machine(figures["machine"]),
        "model": figures["model"],
        "sleep_ms": f"{SLEEP_MS:.0f}",
        "times": f"{_times(figures['one']['costs'][-1]):.2f}",
        "times_cluster": f"{_times(figures['cluster']['costs'][-1]):.2f}",
        "beside": f"{figures['one']['beside']:,}",
        "beside_cluster": f"{figures['cluster']['beside']:,}",
        "large_gib": str(LARGE_GIB),
        "text": f"{figures['bytes']['text']:.0f}",
    }
    page = Template(_TEMPLATE.read_text()).substitute(values)
    return {
        PAGE: page,
        **{FIGURES.parent / f"{name}.svg": svg for name, svg in pictures.items()},
    }


def _workers_plot(figures: Mapping[str, Any]) -> str:
    first = figures["one"]["workers"][0]["decided_per_s"]
    counts = [one["workers"] for one in figures["one"]["workers"]]
    lines = [Line("as many times one", [(n, n * first) for n in counts], is_dashed=True)]
    for key, name in _NAMES.items():
        seen = [(one["workers"], one["decided_per_s"]) for one in figures[key]["workers"]]
        lines.append(Line(name, seen))
    return plot(lines, across="workers", up="decided/s")


def _costs_plot(figures: Mapping[str, Any]) -> str:
    """Draw what a comment costs where more and more wait, and on the shard beside."""
    lines = []
    for key, name in _NAMES.items():
        costs = figures[key]["costs"]
        grown = [(one["waiting"], sum(one[part] for part in OPERATIONS)) for one in costs]
        beside = [(one["waiting"], one["beside"]) for one in costs]
        lines += [Line(name, grown), Line(f"{name}: shard beside", beside, is_dashed=True)]
    return plot(lines, across="comments that wait", up="µs a comment, in the server", is_log=True)


def _workers(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "| | workers | decided/s | times one | CPU of servers and workers, ms a comment |"
    yield "|---|---|---|---|---|"
    for key, name in _NAMES.items():
        measured = figures[key]["workers"]
        for one in measured:
            times = one["decided_per_s"] / measured[0]["decided_per_s"]
            yield (
                f"| {name} | {one['workers']:.0f} | {one['decided_per_s']:.0f} | {times:.2f} "
                f"| {one['cpu_ms']:.1f} |"
            )


def _costs(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "| | waiting | accept | take | record | callback | all of it, times the shard beside |"
    yield "|---" * 7 + "|"
    for name, title in _SERVERS.items():
        for one in figures[name]["costs"]:
            cells = " | ".join(f"{one[operation]:.0f}" for operation in OPERATIONS)
            yield f"| {title} | {one['waiting']:,} | {cells} | {_times(one):.2f} |"


def _bytes(each: Mapping[str, float]) -> Iterator[str]:
    yield "| a comment that | bytes in Redis |"
    yield "|---|---|"
    names = {
        "waiting": "waits for its decision",
        "approved": "was approved, with its text",
        "record": "was approved, its record alone",
        "held": "is held, with its text",
        "log": "was approved: what it added to the append-only file",
    }
    for key, name in names.items():
        yield f"| {name} | {each[key]:,.0f} |"


def _loads(figures: Mapping[str, Any]) -> Iterator[str]:
    found = {name: rows(load, size(load, figures)) for name, load in LOADS.items()}
    yield f"| | {' | '.join(LOADS)} |"
    yield "|---" * (len(LOADS) + 1) + "|"
    for name, kept in (
        ("approved texts are kept, hours", "approved_text_h"),
        ("held texts after a decision, days", "held_text_d"),
        ("records, days", "record_d"),
    ):
        yield f"| {name} | {' | '.join(f'{getattr(load, kept):g}' for load in LOADS.values())} |"
    for row in zip(*found.values(), strict=True):
        yield f"| {row[0][0]} | {' | '.join(value for _, value in row)} |"


def _breaks(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is full at which mean rate, with what each load keeps."""
    found = [dict(_reversed(breaks(load, figures))) for load in LOADS.values()]
    yield f"| full at comments/s, kept as for | {' | '.join(LOADS)} |"
    yield "|---" * (len(LOADS) + 1) + "|"
    for what in found[0]:
        yield f"| {what} | {' | '.join(rate(one[what]) for one in found)} |"


def _reversed(found: Sequence[tuple[float, str]]) -> Iterator[tuple[str, float]]:
    return ((what, per_s) for per_s, what in found)


def _times(one: Mapping[str, float]) -> float:
    """Return how many times as dear all operations are as on the shard that did not grow."""
    return sum(one[name] for name in OPERATIONS) / one["beside"]


def _machine(machine: Mapping[str, Any]) -> str:
    return (
        f"{machine['cores']} cores of {machine['cpu']}, {machine['system']}, "
        f"Python {machine['python']}, on {machine['measured']}, load average before the run "
        f"{machine['load_before']:.1f}"
    )
