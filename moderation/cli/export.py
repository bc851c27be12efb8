"""`moderation export`: a Detoxify checkpoint as a served ONNX model; needs torch and `train`."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from moderation.cli.common import one_message
from moderation.defaults import POLICIES_DIR
from moderation.scoring.scorer import ScorerUnavailableError
from moderation.services.policies import read_policy

if TYPE_CHECKING:
    from moderation.scoring.detoxify import DetoxifyScorer

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("export")
@click.option("--checkpoint", type=_file, help="A checkpoint in Detoxify's format.")
@click.option(
    "--config-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Its configuration and tokenizer.  [default: the checkpoint's folder]",
)
@click.option(
    "--name",
    type=click.Choice(["original", "unbiased", "multilingual"]),
    help="A published model, downloaded.",
)
@click.option("--data", type=_file, help='Texts to compare on: JSON lines {"text": …} or Parquet.')
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder for the model and its report.  [default: build/MODEL-FORM]",
)
@click.option("--form", type=click.Choice(["int8", "fp32"]), default="int8", show_default=True)
@click.option(
    "--policy", type=_file, default=POLICIES_DIR / "default.toml", help="Whose thresholds decide."
)
@click.option("--threads", type=click.IntRange(min=1), default=2, show_default=True)
def export_command(
    *,
    checkpoint: Path | None,
    config_dir: Path | None,
    name: str | None,
    data: Path | None,
    out: Path | None,
    form: str,
    policy: Path,
    threads: int,
) -> None:
    """Turn a Detoxify checkpoint into a folder for `onnx:DIR`, with a report of the difference."""
    if (checkpoint is None) == (name is None):
        raise click.UsageError("give either --checkpoint or --name")
    try:
        from moderation.evaluation import parity_report, samples  # noqa: PLC0415 - an extra
        from moderation.evaluation.export import DisagreementError, export  # noqa: PLC0415
    except ImportError as error:
        raise click.ClickException(
            f"{error.name} is missing: install torch (the CPU build will do) and the `train` extra"
        ) from error
    except ScorerUnavailableError as error:
        raise click.ClickException(str(error)) from error
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns of parts nobody uses here
    with one_message():
        thresholds = read_policy(policy).thresholds
    try:
        texts = samples.read(data) if data else []
        scorer = _loaded(checkpoint, config_dir, name, threads)
        folder = out or Path("build") / f"{scorer.model.name}-{form}"
        found = export(
            scorer, folder, form=form, samples=texts, thresholds=thresholds,
            console=Console(stderr=True),
        )  # fmt: skip
    except (ScorerUnavailableError, DisagreementError, samples.SamplesError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(str(error)) from error
    click.echo(parity_report.summary(found, form))
    click.echo(f"\n{folder}: serve it with MODERATION_SCORER__SPEC=onnx:{folder}")


def _loaded(
    checkpoint: Path | None, config_dir: Path | None, name: str | None, threads: int
) -> DetoxifyScorer:
    from moderation.scoring.detoxify import DetoxifyScorer  # noqa: PLC0415 - an extra

    if checkpoint is None:
        return DetoxifyScorer.published(str(name), threads=threads)
    return DetoxifyScorer.local(checkpoint, config_dir or checkpoint.parent, threads=threads)
