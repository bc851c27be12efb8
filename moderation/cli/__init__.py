"""The commands. Each reads its arguments, calls one function, and says what came of it.

A command's module is imported when it is asked for: a probe that runs every half a minute must not
read in what trains a model.
"""

from __future__ import annotations

from importlib import import_module

import click

from moderation import __version__
from moderation.telemetry import configure_logging

#: Where each command is: a module of this package, and the command's name in it.
_COMMANDS = {
    "serve": ("serve", "serve_command"),
    "health": ("health", "health_command"),
    "doctor": ("doctor", "doctor"),
    "keys": ("keys", "keys"),
    "people": ("people", "people"),
    "policy": ("policy", "policy"),
    "log": ("log", "log_command"),
    "decisions": ("decisions", "decisions_group"),
    "score": ("score", "score"),
    "hooks": ("hooks", "hooks"),
    "train": ("train", "train_command"),
    "evaluate": ("evaluate", "evaluate"),
    "export": ("export", "export_command"),
    "shadow": ("shadow", "shadow"),
    "shadow-perspective": ("shadow_perspective", "shadow_perspective"),
}


class _Commands(click.Group):
    """The group whose commands are those of the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names, in the order in which a person meets them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command of that name, if there is one."""
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), name)
        return command


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="moderation")
def main() -> None:
    """Self-hosted comment moderation: approve or hold by model, reject by people only."""
    configure_logging(level="WARNING")  # on standard error: what a command prints is its answer
