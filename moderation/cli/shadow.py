"""`moderation shadow`: where the second model would have decided otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from moderation.cli.common import on_store, with_config, with_data
from moderation.services.shadow_report import ShadowReport, shadow_reports
from moderation.settings import Settings
from moderation.store.store import Store


@click.command("shadow")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a pair of models.")
@click.option("--list", "listed", default=10, show_default=True, help="Comments to name.")
@with_data
@with_config
def shadow(*, as_json: bool, listed: int, data_dir: Path, config: Path | None) -> None:
    """Report how a second model (`shadow.spec`) compares with the first, from what was sampled."""

    async def work(store: Store, _: Settings) -> list[ShadowReport]:
        return await shadow_reports(store, listed)

    reports = on_store(config, data_dir, work)
    if not reports:
        click.echo("nothing was compared yet: set shadow.spec, and have comments scored", err=True)
    for report in reports:
        if as_json:
            click.echo(json.dumps(report.to_dict()))
        else:
            _show(report)


def _show(report: ShadowReport) -> None:
    console, said = Console(), report.to_dict()
    first, second = report.models
    decisions = Table(first, second, "comments", title=f"{first} and {second}")
    for (then, other), count in sorted(report.changes.items()):
        decisions.add_row(then, other, str(count))
    scores = Table("label", "mean distance", "mean shift", "largest")
    for label, one in said["scores"].items():
        scores.add_row(label, *(f"{one[name]:.3f}" for name in ("mean", "shift", "largest")))
    console.print(decisions, scores)
    if report.judged:
        console.print(
            f"people decided {report.judged} of them: {first} had {report.right[0]} right, "
            f"{second} {report.right[1]}"
        )
    if report.farthest:
        farthest = Table("farthest apart", "distance")
        for away, comment in report.farthest:
            farthest.add_row(comment, f"{away:.3f}")
        console.print(farthest)
