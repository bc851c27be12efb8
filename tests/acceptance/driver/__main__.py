"""`python -m tests.acceptance.driver`: the main job on real processes, with a verdict."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import click
import structlog
import uvloop
from rich.console import Console

from tests.acceptance.driver.demo import Report, demonstrate
from tests.acceptance.driver.drive import Plan
from tests.acceptance.driver.roles import NotReadyError
from tests.acceptance.driver.schedule import kills
from tests.acceptance.driver.summary import breach_lines, progress, table
from tests.acceptance.driver.texts import mild_comments, read_comments

_KILL_EVERY_S = 5.0
_KILLED_DUPLICATES = 0.1


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), help="parquet or JSON lines")
@click.option("--count", default=5000, show_default=True, help="comments to send")
@click.option("--rate", default=60.0, show_default=True, help="comments a second")
@click.option("--seed", default=1, show_default=True, help="of the schedule, kills and texts")
@click.option("--workers", default=2, show_default=True, help="worker processes")
@click.option("--scorer", default="onnx", show_default=True, help="which scorer the workers run")
@click.option("--kill", is_flag=True, help="kill -9 workers, api, notifier and server at random")
@click.option("--kills", "kill_count", type=int, help="how many kills; else one in five seconds")
@click.option("--duplicates", type=float, help="share sent three times at once; 0.1 with --kill")
@click.option("--failing", default=0.0, help="share of callbacks that the receiver turns away")
@click.option("--keep", type=click.Path(path_type=Path), help="where to leave logs and history")
def main(
    *,
    data: Path | None,
    count: int,
    rate: float,
    seed: int,
    workers: int,
    scorer: str,
    kill: bool,
    kill_count: int | None,
    duplicates: float | None,
    failing: float,
    keep: Path | None,
) -> None:
    """Send comments through the service as a CMS would and judge whether each promise was kept.

    Exits 1 when one was broken, 2 when the service did not start.
    """
    comments = read_comments(data, count) if data else mild_comments(count, seed)
    within_s = len(comments) / rate
    count_of_kills = max(4, int(within_s / _KILL_EVERY_S)) if kill_count is None else kill_count
    plan = Plan(
        rate=rate,
        seed=seed,
        duplicates=(_KILLED_DUPLICATES if kill else 0.0) if duplicates is None else duplicates,
        kills=kills(count_of_kills, within_s, seed) if kill else (),
    )
    directory = keep or Path(tempfile.mkdtemp(prefix="moderation-demo-"))
    directory.mkdir(parents=True, exist_ok=True)
    console = Console()
    _log_to(directory / "driver.log")
    try:
        report = uvloop.run(
            demonstrate(
                comments,
                plan,
                directory,
                workers=workers,
                scorer=scorer,
                failing=failing,
                show=lambda ledger: progress(ledger, len(comments), console),
            )
        )
    except NotReadyError as error:
        console.print(str(error))
        sys.exit(2)
    _conclude(report, directory, console, is_kept=keep is not None)


def _conclude(report: Report, directory: Path, console: Console, *, is_kept: bool) -> None:
    console.print(table(report))
    if report.breaches:
        console.print("\n".join(breach_lines(report.breaches)))
    if report.breaches or is_kept:
        console.print(f"logs, history and the server's data, texts included: {directory}")
    else:
        shutil.rmtree(directory)
    sys.exit(1 if report.breaches else 0)


def _log_to(path: Path) -> None:
    """Send the embedded server's own log lines to a file, off the progress bars."""
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(path.open("a")))


if __name__ == "__main__":
    main()
