"""`moderation train`: make the compact model from labelled comments; needs the `train` extra."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import click


@click.command("train")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="The labelled comments (Parquet).",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("build/compact-en"),
    show_default=True,
    help="Where the checkpoint and the ONNX model go.",
)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="How many members train at a time, a core each; the result is the same.",
)
@click.option("--model-version", default="5", show_default=True)
@click.option("--keep", is_flag=True, help="Don't train again the members that are in OUT already.")
@click.option("--only-publish", is_flag=True, help="Export the checkpoint that is in OUT already.")
def train_command(
    *,
    data: Path,
    out: Path,
    seed: int,
    processes: int,
    model_version: str,
    keep: bool,
    only_publish: bool,
) -> None:
    """Fine-tune the encoder, write a checkpoint in Detoxify's format, and export ONNX int8."""
    try:
        from moderation.training.publish import publish  # noqa: PLC0415 - an extra
        from moderation.training.train import train  # noqa: PLC0415
    except ImportError as error:
        raise click.ClickException(
            f"{error.name} is missing: install torch (the CPU build will do) and the `train` extra"
        ) from error
    logging.getLogger("moderation.training").setLevel(logging.INFO)
    if not only_publish:
        train(data, out, seed=seed, processes=processes, keep=keep)
    click.echo(json.dumps(publish(data, out, version=model_version), indent=2))
