"""`moderation shadow-perspective`: Perspective answers on while the model here is measured."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click
import rich.progress
import uvloop
from rich.console import Console

from moderation.cli.common import one_message, read_settings, with_config, with_data
from moderation.shadowing import Shadowing, serve
from moderation.telemetry import configure_logging

#: Where scores are kept, in the data directory.
FILE = "perspective-shadow.jsonl"
_THRESHOLD = re.compile(r"([A-Z][A-Z0-9_]*)=(0?\.\d{1,3})")


def _address(_: click.Context, __: click.Parameter, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username:
        raise click.BadParameter("an address such as https://commentanalyzer.googleapis.com")
    return value


def _wanted(_: click.Context, __: click.Parameter, values: Sequence[str]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for value in values:
        said = _THRESHOLD.fullmatch(value)
        if not said:
            raise click.BadParameter("say it as TOXICITY=0.8, with three decimals at most")
        found[said[1]].append(float(said[2]))
    return found


@click.group("shadow-perspective", invoke_without_command=True)
@click.option(
    "--upstream",
    default="https://commentanalyzer.googleapis.com",
    show_default=True,
    callback=_address,
    help="Where Perspective is.",
)
@click.option(
    "--fallback",
    type=click.Choice(["error", "own"]),
    default="error",
    show_default=True,
    help="Where Perspective gives no answer: say so, or answer by the model here.",
)
@click.option("--timeout", "timeout_s", type=click.FloatRange(min=0, min_open=True), default=10.0,
              show_default=True, help="How long Perspective may take (seconds).")  # fmt: skip
@click.option("--waiting", type=click.IntRange(min=1), default=1000, show_default=True,
              help="The most calls that wait to be scored; more are not compared.")  # fmt: skip
@click.option("--most-mb", type=click.IntRange(min=1), default=64, show_default=True,
              help="The largest size of the file with the scores (megabytes).")  # fmt: skip
@click.option("--with-do-not-store", is_flag=True,
              help="Keep scores of calls with doNotStore too; Coral's all have it.")  # fmt: skip
@click.option("--host", help="The address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="The port to listen on.  [default: 8080]")
@click.option("--ops-port", type=int, help="The port of health and metrics.  [default: 9090]")
@with_data
@with_config
@click.pass_context
def shadow_perspective(
    context: click.Context,
    *,
    upstream: str,
    fallback: str,
    timeout_s: float,
    waiting: int,
    most_mb: int,
    with_do_not_store: bool,
    host: str | None,
    port: int | None,
    ops_port: int | None,
    data_dir: Path,
    config: Path | None,
) -> None:
    """Answer Perspective's clients from Perspective, and score the same texts here beside it.

    Calls go on with the client's own key. Only scores are kept, no text and no key. It asks for no
    key of its own: let only your clients reach it. `report` says how the scores compare.
    """
    if context.invoked_subcommand:
        return
    chosen = Shadowing(
        upstream=upstream,
        answers_itself=fallback == "own",
        timeout_s=timeout_s,
        waiting=waiting,
        file=data_dir / FILE,
        most_mb=most_mb,
        with_do_not_store=with_do_not_store,
    )
    with one_message():
        settings = read_settings(config, {"api.host": host, "api.port": port, "ops.port": ops_port})
        configure_logging()
        uvloop.run(serve(settings, chosen, _say_where))


@shadow_perspective.command("report")
@click.option(
    "--threshold",
    "wanted",
    multiple=True,
    callback=_wanted,
    metavar="NAME=VALUE",
    help="A threshold that you use, as TOXICITY=0.8; more than once for more.  "
    "[default: 0.7, 0.8 and 0.9 for each attribute]",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build/perspective-shadow"),
    show_default=True,
    help="Where the page, its figures (JSON) and pictures (SVG) go.",
)
@with_data
def report(*, wanted: dict[str, list[float]], out: Path, data_dir: Path) -> None:
    """Report how the scores compare, and which thresholds here would hold the same share."""
    from moderation.evaluation.perspective_page import thresholds, write  # noqa: PLC0415
    from moderation.evaluation.perspective_shadow import document, gathered  # noqa: PLC0415

    file = data_dir / FILE
    if not file.exists():
        raise click.ClickException(f"{file} is not there: nothing was compared yet")
    console = Console(stderr=True)
    with rich.progress.open(file, "rb", description="reading", console=console) as lines:
        kept = gathered(lines)
    if kept is None:
        raise click.ClickException(f"{file} has no comparison yet")
    found = document(kept, wanted)
    write(out, kept, found)
    click.echo(thresholds(found))
    if missing := sorted(wanted.keys() - kept.scores.keys()):
        click.echo(f"no scores of {', '.join(missing)} were kept", err=True)
    click.echo(f"{kept.compared} calls compared with {kept.model}: {out}/report.md", err=True)


def _say_where(api: str, ops: str) -> None:
    click.echo(f"metrics and health: {ops}/metrics  {ops}/readyz")
    click.echo(f"answering as Perspective: {api}/v1alpha1/comments:analyze")
    sys.stdout.flush()
