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
@click.option("--threads", type=int, default=2, show_default=True)
@click.option("--model-version", default="2", show_default=True)
@click.option(
    "--start",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with the first stage's checkpoint (OUT/first): go on with the second.",
)
@click.option(
    "--blend",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with another checkpoint: take the mean of both models' weights.",
)
@click.option("--blend-share", type=click.FloatRange(0, 1), default=0.35, show_default=True)
@click.option("--only-publish", is_flag=True, help="Export the checkpoint that is in OUT already.")
def train_command(
    *,
    data: Path,
    out: Path,
    seed: int,
    threads: int,
    model_version: str,
    start: Path | None,
    blend: Path | None,
    blend_share: float,
    only_publish: bool,
) -> None:
    """Fine-tune the encoder, write a checkpoint in Detoxify's format, and export ONNX int8."""
    try:
        from moderation.training import model  # noqa: PLC0415 - an extra
        from moderation.training.publish import publish  # noqa: PLC0415
        from moderation.training.train import train  # noqa: PLC0415
    except ImportError as error:
        raise click.ClickException(
            f"{error.name} is missing: install torch (the CPU build will do) and the `train` extra"
        ) from error
    logging.getLogger("moderation.training").setLevel(logging.INFO)
    if not only_publish:
        train(data, out, seed=seed, threads=threads, start=start)
    if blend:
        model.blend(out, blend, blend_share)
    click.echo(json.dumps(publish(data, out, version=model_version), indent=2))
