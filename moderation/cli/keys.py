"""`moderation keys`: API keys in the store, seen by a running service within two seconds."""

from __future__ import annotations

import time
from pathlib import Path

import click
from rich.console import Console
from rich.table import Column, Table

from moderation.cli.common import on_store, operator, with_config, with_data
from moderation.services.answers import timestamp
from moderation.settings import Settings
from moderation.store import api_keys
from moderation.store.store import Store


@click.group()
def keys() -> None:
    """Make, exchange and end the API keys of sites."""


def _now_ms() -> int:
    return round(time.time() * 1000)


@keys.command("add")
@click.option("--site", default="default", show_default=True)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(api_keys.SCOPES),
    multiple=True,
    default=("submit",),
    show_default=True,
    help="May be given several times.",
)
@click.option("--name", default="", help="What the key is for.")
@with_data
@with_config
def add(site: str, scopes: tuple[str, ...], name: str, data_dir: Path, config: Path | None) -> None:
    """Make a key and print it, this once."""

    async def work(store: Store, settings: Settings) -> str:
        if site not in settings.sites:
            raise click.ClickException(f"no site is called {site}")
        chosen = tuple(dict.fromkeys(scopes))
        return await api_keys.add(store, site, chosen, name, _now_ms(), by=operator())

    click.echo(on_store(config, data_dir, work))


@keys.command("rotate")
@click.argument("key_id")
@click.option(
    "--grace-h", default=24.0, show_default=True, help="How long the old key still works (hours)."
)
@with_data
@with_config
def rotate(key_id: str, grace_h: float, data_dir: Path, config: Path | None) -> None:
    """Make a successor of a key and print it, this once; the old one ends after a grace."""

    async def work(store: Store, _: Settings) -> str:
        grace_ms = round(grace_h * 3_600_000)
        return await api_keys.rotate(store, key_id, grace_ms, _now_ms(), by=operator())

    click.echo(on_store(config, data_dir, work))


@keys.command("revoke")
@click.argument("key_id")
@with_data
@with_config
def revoke(key_id: str, data_dir: Path, config: Path | None) -> None:
    """End a key at once."""

    async def work(store: Store, _: Settings) -> None:
        await api_keys.revoke(store, key_id, by=operator())

    on_store(config, data_dir, work)


@keys.command("list")
@with_data
@with_config
def list_keys(data_dir: Path, config: Path | None) -> None:
    """Show the keys, never their secrets: those made here, and those that the settings hold.

    Keys without an id stand in the configuration or in credentials.json, and are changed there.
    """

    async def work(store: Store, settings: Settings) -> tuple[list[api_keys.ApiKey], Settings]:
        return await api_keys.listed(store), settings

    now, (made, settings) = _now_ms(), on_store(config, data_dir, work)
    table = Table(Column("id", no_wrap=True), "site", "scopes", "name", "made", "ends")
    for key in made:
        ends = timestamp(key.expires_at) if key.expires_at else ""
        state = ends if key.is_active(now) else f"ended {ends}"
        scopes = " ".join(key.scopes)
        table.add_row(key.id, key.site, scopes, key.name, timestamp(key.created_at), state)
    for site, configured in settings.sites.items():
        for one in configured.api_keys:
            table.add_row("", site, " ".join(sorted(one.scopes)), one.name, "by settings", "")
    Console().print(table)
