"""The list in docs/metrics.md, made from the metrics themselves.

    python -m tests.ops.metrics_reference

writes it anew; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from moderation.telemetry import Metrics
from tests.ops.label_values import VALUES

PAGE = Path(__file__).parents[2] / "docs/metrics.md"
_START, _END = "<!-- metrics -->\n", "<!-- /metrics -->\n"
_SUFFIX = {"counter": "_total", "info": "_info"}
_MOST_SHOWN = 10


def all_metrics() -> list[MetricWrapperBase]:
    """Return the service's own metrics, in the order in which they are made."""
    metrics = Metrics()
    own = list(dict.fromkeys(metrics.registry._collector_to_names))
    return [one for one in own if isinstance(one, MetricWrapperBase)]


def table() -> str:
    """Return a row a metric."""
    head = "| Metric | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n"
    return head + "".join(
        f"| `{one._name}{_SUFFIX.get(one._type, '')}` | {one._type} | {_labels(one)} "
        f"| {one._documentation} |\n"
        for one in all_metrics()
    )


def _labels(metric: MetricWrapperBase) -> str:
    name = metric._name.removeprefix("moderation_")
    return ", ".join(_label(name, label) for label in metric._labelnames)


def _label(metric: str, label: str) -> str:
    known = VALUES.get(f"{metric}.{label}")
    if not known or len(known) > _MOST_SHOWN:
        return f"`{label}`"
    return f"`{label}`: {', '.join(sorted(known))}"


def _shared() -> Iterator[str]:
    for label, known in VALUES.items():
        if "." not in label and len(known) <= _MOST_SHOWN + 2:
            yield f"- `{label}`: {', '.join(sorted(known))}\n"


def renewed() -> str:
    """Return the page with its list as the code has it."""
    before, rest = PAGE.read_text().split(_START)
    after = rest.split(_END)[1]
    shared = "".join(_shared())
    return f"{before}{_START}{table()}\nLabels of several:\n\n{shared}{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(renewed())
