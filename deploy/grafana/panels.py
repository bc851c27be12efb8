"""What the dashboards are built of: panels in rows, each a question, its unit and its queries.

Gauges of the store are told alike by every process, so a query takes their `max`, never their sum.
No query's legend names a comment, a person or a site. Nothing here knows what is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.builders.common import (
    ReduceDataOptions,
    StackingConfig,
    VizLegendOptions,
)
from grafana_foundation_sdk.models.common import (
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
)
from grafana_foundation_sdk.models.dashboard import Dashboard, DataSourceRef

#: The data source of provisioning/datasources, by its uid.
_PROMETHEUS = DataSourceRef(type_val="prometheus", uid="prometheus")
_WIDTH = 24
_HEIGHT = 8
_NUMBER_HEIGHT = 4
_TAG = "moderation"


@dataclass(frozen=True, slots=True)
class Query:
    """`expr` in PromQL; `legend` names its series by their labels, in Grafana's braces."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True)
class Panel:
    """`unit` is Grafana's: `s`, `percentunit`, `reqps`, `short`. `says`: how to read it.

    A `number` shows the last value large; `stacked` series add up to a whole.
    """

    title: str
    says: str
    unit: str
    queries: Sequence[Query]
    number: bool = False
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard: rows of panels that share the width between them."""

    uid: str
    title: str
    says: str
    rows: Sequence[Sequence[Panel]]


def rate(metric: str, by: str = "", where: str = "") -> str:
    """Return the query of a counter's rate, summed over all processes."""
    grouped = f"sum by ({by})" if by else "sum"
    return f"{grouped} (rate(moderation_{metric}{{{where}}}[$__rate_interval]))"


def quantiles(metric: str, where: str = "") -> tuple[Query, ...]:
    """Return the queries of a histogram's median, 90th and 99th percentile."""
    buckets = rate(f"{metric}_bucket", "le", where)
    return tuple(
        Query(f"histogram_quantile({share}, {buckets})", f"p{share * 100:g}")
        for share in (0.5, 0.9, 0.99)
    )


def highest(metric: str, by: str = "") -> str:
    """Return the query of a gauge that all processes tell alike."""
    return f"max by ({by}) (moderation_{metric})" if by else f"max (moderation_{metric})"


def built(board: Board) -> Dashboard:
    """Return a dashboard as Grafana's own model has it."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.says)
        .tags([_TAG])
        .refresh("30s")
        .time("now-6h", "now")
        .timezone("browser")
        .readonly()
        .link(dashboard.DashboardLink("Moderation").type("dashboards").tags([_TAG]).keep_time(True))
    )
    for row in board.rows:
        for panel in row:
            made.with_panel(_panel(panel, _WIDTH // len(row)))
    return made.build()


def _panel(panel: Panel, wide: int) -> stat.Panel | timeseries.Panel:
    drawn = _number() if panel.number else _series(panel)
    drawn.title(panel.title).description(panel.says).unit(panel.unit).span(wide).min(0)
    drawn.datasource(_PROMETHEUS)
    for place, query in enumerate(panel.queries):
        drawn.with_target(
            prometheus.Dataquery()
            .datasource(_PROMETHEUS)
            .ref_id(chr(ord("A") + place))
            .expr(query.expr)
            .legend_format(query.legend)
        )
    return drawn


def _number() -> stat.Panel:
    last = ReduceDataOptions().calcs(["lastNotNull"])
    return (
        stat.Panel().height(_NUMBER_HEIGHT).reduce_options(last).graph_mode(BigValueGraphMode.AREA)
    )


def _series(panel: Panel) -> timeseries.Panel:
    legend = VizLegendOptions().show_legend(True).display_mode(LegendDisplayMode.LIST)
    made = (
        timeseries.Panel()
        .height(_HEIGHT)
        .fill_opacity(20 if panel.stacked else 0)
        .legend(legend.placement(LegendPlacement.BOTTOM))
    )
    return made.stacking(StackingConfig().mode(StackingMode.NORMAL)) if panel.stacked else made
