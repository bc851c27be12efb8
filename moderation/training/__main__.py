"""`python -m moderation.training`: the same function as `moderation train`, without the service."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import click

from moderation.training.publish import publish
from moderation.training.train import train


@click.command()
@click.option(
    "--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True
)
@click.option("--out", type=click.Path(path_type=Path), default=Path("build/compact-en"))
@click.option("--epochs", type=float, default=1.6, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--max-minutes", type=float, default=60.0, show_default=True)
@click.option("--threads", type=int, default=2, show_default=True)
@click.option("--model-version", default="1", show_default=True)
@click.option("--only-publish", is_flag=True, help="Leave the checkpoint in OUT as it is trained.")
def main(
    *,
    data: Path,
    out: Path,
    epochs: float,
    seed: int,
    max_minutes: float,
    threads: int,
    model_version: str,
    only_publish: bool,
) -> None:
    """Train on the labelled comments under DATA; write a checkpoint, OUT/int8 and OUT/fp32."""
    # The exporter tells of every node it rewrites; only this package's own progress is of interest.
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("moderation").setLevel(logging.INFO)
    if not only_publish:
        train(data, out, epochs=epochs, seed=seed, max_minutes=max_minutes, threads=threads)
    figures = publish(data, out, version=model_version)
    click.echo(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
