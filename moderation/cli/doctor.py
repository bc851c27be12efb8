"""`moderation doctor`: one line a check, what to do where something is wrong, an exit status."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from pathlib import Path

import click

from moderation.cli.common import read_settings, with_config, with_data
from moderation.configuration import SettingsError
from moderation.credentials import CredentialsError, has_credentials
from moderation.opening import StartError, with_credentials
from moderation.services.doctor import examined
from moderation.services.findings import Finding, Level
from moderation.settings import Settings
from moderation.store.server_command import NoServerBinaryError, find_binary
from moderation.store.server_socket import find_running

_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}
_CONFIGURED = "configuration"


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One object with all checks.")
@with_data
@with_config
def doctor(as_json: bool, data_dir: Path, config: Path | None) -> None:
    """Check configuration, Redis, model, clock and receivers; say what to do. Changes nothing.

    The exit status is 1 if a check failed; a warning alone is 0.
    """
    found = asyncio.run(_examine(config, data_dir, quiet=as_json))
    has_failed = any(finding.level is Level.FAIL for finding in found)
    if as_json:
        checks = [finding.to_dict() for finding in found]
        click.echo(json.dumps({"ok": not has_failed, "checks": checks}, indent=2))
    if has_failed:
        raise SystemExit(1)


async def _examine(config: Path | None, data_dir: Path, *, quiet: bool) -> list[Finding]:
    """Make all checks; each is shown as soon as it is made, unless `quiet`."""
    found = []

    def note(finding: Finding) -> None:
        found.append(finding)
        if not quiet:
            _show(finding)

    try:
        settings = read_settings(config)
    except SettingsError as error:
        for fault in error.faults:
            said = ": ".join(filter(None, (fault.key, fault.message)))
            note(Finding(_CONFIGURED, Level.FAIL, said, f"mend it in {fault.where}"))
        return found
    settings, read = _completed(settings, data_dir)
    note(read)
    url, alone = _server(settings, data_dir)
    if alone:
        note(alone)
    async with aclosing(examined(settings, url)) as findings:
        async for finding in findings:
            note(finding)
    return found


def _completed(settings: Settings, data_dir: Path) -> tuple[Settings, Finding]:
    """Return the settings as a start completes them, but make no credentials."""
    if settings.redis_url is None and not has_credentials(data_dir):
        return settings, Finding(_CONFIGURED, Level.OK, "read; the first start makes credentials")
    try:
        settings, _ = with_credentials(settings, data_dir)
    except (StartError, CredentialsError) as error:
        return settings, Finding(_CONFIGURED, Level.FAIL, str(error), "see docs/configuration.md")
    if not settings.sites:
        return settings, Finding(_CONFIGURED, Level.WARN, "there is no site, so nobody can submit",
                                 "add one: [sites.NAME]")  # fmt: skip
    return settings, Finding(_CONFIGURED, Level.OK, f"read; sites: {', '.join(settings.sites)}")


def _server(settings: Settings, data_dir: Path) -> tuple[str | None, Finding | None]:
    """Return the URL to examine, or what is to be said where no server is to be asked."""
    if settings.redis_url:
        return settings.redis_url.get_secret_value(), None
    if running := find_running(data_dir):
        return running, None
    try:
        binary = find_binary().name
    except NoServerBinaryError as error:
        return None, Finding("redis", Level.FAIL, str(error), "install one, or set REDIS_URL")
    said = f"no service runs in {data_dir}; `moderation serve` starts {binary} there"
    return None, Finding("redis", Level.OK, said)


def _show(finding: Finding) -> None:
    level = click.style(f"{finding.level:<4}", fg=_COLOURS[finding.level])
    remedy = f" → {finding.remedy}" if finding.remedy else ""
    click.echo(f"{level}  {finding.check:<13}  {' '.join(finding.found.split())}{remedy}")
