"""The commands. Each reads its arguments, calls one function, and says what came of it."""

from __future__ import annotations

import click

from moderation import __version__
from moderation.cli.decisions import decisions_group
from moderation.cli.evaluate import evaluate
from moderation.cli.export import export_command
from moderation.cli.keys import keys
from moderation.cli.log import log_command
from moderation.cli.people import people
from moderation.cli.policy import policy
from moderation.cli.score import score
from moderation.cli.serve import serve_command
from moderation.cli.shadow import shadow
from moderation.cli.train import train_command
from moderation.telemetry import configure_logging


@click.group()
@click.version_option(__version__, prog_name="moderation")
def main() -> None:
    """Self-hosted comment moderation: approve or hold by model, reject by people only."""
    configure_logging(level="WARNING")  # on standard error: what a command prints is its answer


_COMMANDS = (
    serve_command,
    keys,
    people,
    policy,
    log_command,
    decisions_group,
    score,
    train_command,
    evaluate,
    export_command,
    shadow,
)
for command in _COMMANDS:
    main.add_command(command)
