"""`python -m tests.benchmarks`: measure, show a table, write build/bench.json and the page."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import click
import structlog
import uvloop
from rich.console import Console

from moderation.scoring import registry
from tests.benchmarks.analyze import analyzed
from tests.benchmarks.children import started
from tests.benchmarks.explain import explained
from tests.benchmarks.held import full_queue
from tests.benchmarks.report import machine, page, table
from tests.benchmarks.scorer import CORES, against_detoxify
from tests.benchmarks.service import accept_only, as_shipped, under_load
from tests.benchmarks.waits import at_half_load

_ROOT = Path(__file__).parents[2]
_JSON, _PAGE = _ROOT / "build" / "bench.json", _ROOT / "docs" / "benchmarks.md"


@click.command()
@click.option("--scorer", default="onnx", show_default=True, help="onnx, or onnx:DIR")
@click.option("--count", default=2000, show_default=True, help="comments for each load")
@click.option("--seed", default=1, show_default=True, help="of texts and schedule")
def main(*, scorer: str, count: int, seed: int) -> None:
    """Measure the scorer, alone and against Detoxify, the service under load, a full queue."""
    console = Console()
    backend, _, folder = scorer.partition(":")
    if backend != "onnx":
        raise click.BadParameter("the limit is that of a graph: onnx, or onnx:DIR")
    directory = Path(folder) if folder else registry.default_model_dir()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    as_shipped(CORES)
    figures = uvloop.run(_measure(console, scorer, directory, count, seed))
    _JSON.parent.mkdir(exist_ok=True)
    _JSON.write_text(json.dumps(figures, indent=2) + "\n")
    _PAGE.write_text(page(figures))
    console.print(table(figures))
    console.print(f"written: {_JSON.relative_to(_ROOT)}, {_PAGE.relative_to(_ROOT)}")


async def _measure(
    console: Console, scorer: str, model: Path, count: int, seed: int
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="moderation-bench-") as name:
        directory = Path(name)
        figures: dict[str, Any] = {"machine": machine()}
        console.print("accepting, with nobody to decide …")
        figures["accept"] = await accept_only(directory / "accept", scorer, count, seed)
        console.print("a full queue, then half of its rate …")
        figures["load"] = await under_load(directory / "load", scorer, count, seed)
        console.print("the scorer, Detoxify and the machine's limit in turns …")
        figures["scorer"] = await against_detoxify(scorer, model, seed)
        console.print("scoring processes: start, waits at half load, memory …")
        figures["child"] = await started(scorer) | await at_half_load(scorer, model, count, seed)
        console.print("explaining …")
        figures["explain"] = await explained(scorer, seed)
        console.print("analyze, as Perspective's clients ask …")
        figures["analyze"] = await analyzed(directory / "analyze", scorer, seed)
        console.print("a full review queue …")
        figures["review"] = await full_queue(directory / "review")
    return figures


if __name__ == "__main__":
    main()
