"""`moderation health`: ask the process in this container or unit how it is.

For a HEALTHCHECK: no settings are read, hence no secret, and nothing but the operators' port of
this machine is asked.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

import click

_PATIENCE_S = 3.0


@click.command("health")
@click.argument("probe", type=click.Choice(["livez", "readyz", "startupz"]), default="livez")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it listens.")
@click.option(
    "--ops-port",
    type=int,
    default=9090,
    show_default=True,
    envvar="MODERATION_OPS__PORT",
    help="The port of health and metrics.",
)
def health_command(probe: str, host: str, ops_port: int) -> None:
    """Ask a running process by PROBE; exit status 0 where it passes, 1 where it does not.

    livez: its loop turns. readyz: it can be given work. startupz: it has started.
    """
    connection = HTTPConnection(host, ops_port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", f"/{probe}")
        response = connection.getresponse()
        answer = response.read()
    except (OSError, HTTPException) as error:
        raise click.ClickException(
            f"nothing answers at {host}:{ops_port} ({type(error).__name__})"
        ) from None
    finally:
        connection.close()
    if response.status != HTTPStatus.OK:
        raise click.ClickException(f"{probe}: {_failed(answer)}")
    click.echo("ok")


def _failed(answer: bytes) -> str:
    """Return the checks that failed, by name, else that the answer tells none."""
    try:
        checks = json.loads(answer)["checks"]
        return ", ".join(name for name, passes in checks.items() if not passes)
    except (ValueError, KeyError, TypeError, AttributeError):
        return "the answer is not a probe's"
