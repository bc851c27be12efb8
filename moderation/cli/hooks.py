"""`moderation hooks`: which webhooks of other systems are taken, and what one would submit."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from moderation.cli.common import one_message, read_settings, with_config
from moderation.hooks import Hook
from moderation.web.form_body import parse_form
from moderation.web.hooks.mapping import Event, body_of, event_of
from moderation.web.problems import Problem
from moderation.web.strict_json import parse


@click.group()
def hooks() -> None:
    """List the hooks of other systems, and try one without a server."""


@hooks.command("list")
@with_config
def list_(config: Path | None) -> None:
    """Show the hooks: whose, by which map, by which proof."""
    with one_message():
        known = read_settings(config).hooks
    table = Table("hook", "site", "map", "proof", "where")
    for name, hook in known.items():
        table.add_row(name, hook.site, hook.map or "its own", hook.proof, f"POST /v1/hooks/{name}")
    Console().print(table)


@hooks.command("try")
@click.argument("name")
@click.option("--form", "is_form", is_flag=True, help="The payload is a form, not JSON.")
@with_config
def try_(name: str, is_form: bool, config: Path | None) -> None:
    """Say what a payload on standard input would submit. Nothing is sent, no proof is asked for."""
    with one_message():
        hook = read_settings(config).hooks.get(name)
    if hook is None:
        raise click.ClickException(f"no hook is called {name}; see `moderation hooks list`")
    raw = sys.stdin.buffer.read()
    try:
        click.echo(_told(hook, parse_form(raw) if is_form else parse(raw)))
    except Problem as problem:
        faults = [f"{one['pointer']}: {one['message']}" for one in problem.extra.get("errors", [])]
        raise click.ClickException("; ".join(faults) or problem.detail) from None


def _told(hook: Hook, payload: object) -> str:
    event = event_of(hook, payload)
    if event is Event.OTHER:
        return "ignored: neither `created` nor `edited` holds of it"
    body = body_of(hook, payload).model_dump(exclude_none=True)
    return json.dumps({"event": event, "site": hook.site, "submission": body}, indent=2,
                      ensure_ascii=False)  # fmt: skip
