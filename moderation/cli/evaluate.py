"""`moderation evaluate`: measure a scorer on labelled comments; needs the `train` extra."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from moderation.cli.common import one_message
from moderation.defaults import POLICIES_DIR
from moderation.scoring.scorer import ScorerUnavailableError
from moderation.services.policies import read_policy

if TYPE_CHECKING:
    from moderation.evaluation.judge import Judge

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("evaluate")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="The labelled comments (Parquet).",
)
@click.option("--scorer", default="onnx", show_default=True, help="onnx, onnx:DIR, detoxify:NAME …")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build/evaluation"),
    show_default=True,
    help="Where model-report.md goes, and the folder model-report/ with JSON and SVG.",
)
@click.option("--compare", type=_file, help="Another model's report.json, shown beside.")
@click.option("--processes", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--quick", type=click.IntRange(min=1), help="At most so many texts a set.")
def evaluate(
    *,
    data: Path,
    scorer: str,
    out: Path,
    compare: Path | None,
    processes: int,
    quick: int | None,
) -> None:
    """Score held-out comments as the service does and report ranking, calibration and fairness.

    The thresholds are those of the model's folder, or of the packaged policy for other scorers.
    """
    try:
        from moderation.evaluation.files import write  # noqa: PLC0415 - an extra
        from moderation.evaluation.report import measure  # noqa: PLC0415
    except ImportError as error:
        raise click.ClickException(f"{error.name} is missing: install the `train` extra") from error
    other = json.loads(compare.read_bytes()) if compare else None
    try:
        with one_message():
            judge, weights = _judge(scorer, processes)
        chapters = measure(data, judge, quick=quick, console=Console(stderr=True))
    except (ScorerUnavailableError, FileNotFoundError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(write(out, judge, chapters, weights=weights, other=other))


def _judge(spec: str, processes: int) -> tuple[Judge, str | None]:
    """Return the scorer with the thresholds that ship with it, and its weights' checksum."""
    from moderation.evaluation.judge import Judge, shipped_model  # noqa: PLC0415
    from moderation.scoring.onnx import read_manifest  # noqa: PLC0415

    folder = shipped_model(spec)
    if folder is None:
        policy = read_policy(POLICIES_DIR / "default.toml")
        return Judge(spec, policy.thresholds, processes=processes), None
    manifest = read_manifest(folder)
    judge = Judge(spec, manifest.thresholds, processes=processes)
    return judge, manifest.files.model.sha256
