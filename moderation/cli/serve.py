"""`moderation serve`: run the service, and tell a person where it is."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import uvloop

from moderation.app import Role, Running, serve
from moderation.cli.common import one_message, read_settings, with_config, with_data
from moderation.telemetry import configure_logging


@click.command("serve")
@click.option(
    "--role",
    type=click.Choice(["api", "worker", "notifier", "all"]),
    default="all",
    show_default=True,
    help="One role alone needs REDIS_URL.",
)
@click.option("--host", help="The API's address.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="The API's port.  [default: 8080]")
@click.option("--ops-port", type=int, help="The port of health and metrics.  [default: 9090]")
@with_data
@with_config
def serve_command(
    role: Role,
    host: str | None,
    port: int | None,
    ops_port: int | None,
    data_dir: Path,
    config: Path | None,
) -> None:
    """Run the service: all of it over an embedded server, or a role over the one at REDIS_URL."""
    with one_message():
        settings = read_settings(config, {"api.host": host, "api.port": port, "ops.port": ops_port})
        configure_logging()
        uvloop.run(serve(settings, role, data_dir, _say_where))


def _say_where(running: Running) -> None:
    """Say where things are, and give a person something to paste."""
    lines = [f"metrics and health: {running.ops}/metrics  {running.ops}/readyz"]
    if running.api:
        lines.append(f"API: {running.api}  described at {running.api}/openapi.json")
    if made := running.credentials:
        verb = "made" if made.created else "using"
        lines.append(f"{verb} the site `{made.name}`: its key and secrets are in {made.path}")
    if running.welcome:
        link, hours = running.welcome
        lines.append(
            f"moderate: {link}  (lets one administrator in, within {hours * 60:g} minutes)"
        )
    elif running.page:
        lines.append(f"moderate: {running.page}/")
    if running.api and made:
        key = made.site.api_keys[0].key.get_secret_value()
        lines += [
            "try it:",
            f"  curl -s {running.api}/v1/comments -H 'Authorization: Bearer {key}' "
            "-H 'Content-Type: application/json' -H 'Prefer: wait=5' "
            """-d '{"text": "you are an idiot"}'""",
        ]
    click.echo("\n".join(lines))
    sys.stdout.flush()
