"""`moderation policy`: check, apply, list and replay policies."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from moderation.cli.common import on_store, one_message, operator, with_config, with_data
from moderation.domain.policy import Policy
from moderation.services.drafting import warnings_of
from moderation.services.policies import read_policy
from moderation.services.replay import Replay, replay
from moderation.settings import Settings
from moderation.store import policies
from moderation.store.store import Store

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def policy() -> None:
    """Check, apply, list and replay policies."""


@policy.command("check")
@_FILE
def check(file: Path) -> None:
    """Say whether a policy file is good, with all its faults."""
    with one_message():
        good = read_policy(file)
    click.echo(f"{good.name}: good, {good.digest()[:12]}")
    _warn(good)


def _warn(good: Policy) -> None:
    for warning in warnings_of(good):
        click.echo(f"warning: {warning}", err=True)


@policy.command("apply")
@_FILE
@with_data
@with_config
def apply(file: Path, data_dir: Path, config: Path | None) -> None:
    """Make a policy file the current version of its name; seen by workers within two seconds."""
    with one_message():
        new = read_policy(file)
    _warn(new)

    async def work(store: Store, _: Settings) -> int:
        return await policies.apply(store, new, by=operator())

    click.echo(f"{new.name} is at version {on_store(config, data_dir, work)}")


@policy.command("list")
@with_data
@with_config
def list_policies(data_dir: Path, config: Path | None) -> None:
    """Show the stored policies and their current versions."""

    async def work(store: Store, _: Settings) -> list[tuple[str, int, int]]:
        return await policies.listed(store)

    table = Table("policy", "current version", "versions")
    for name, current, count in on_store(config, data_dir, work):
        table.add_row(name, str(current), str(count))
    Console().print(table)


@policy.command("replay")
@_FILE
@click.option("--site", default="default", show_default=True)
@with_data
@with_config
def replay_policy(file: Path, site: str, data_dir: Path, config: Path | None) -> None:
    """Show what a policy would have decided of a site's past comments, from their stored scores."""
    with one_message():
        candidate = read_policy(file)

    async def work(store: Store, _: Settings) -> Replay:
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("replaying", total=None)
            return await replay(
                store, site, candidate, lambda seen: progress.update(task, completed=seen)
            )

    found = on_store(config, data_dir, work)
    table = Table("then", "now", "comments", title=f"{candidate.name} on {site}")
    for (then, now), count in sorted(found.changes.items()):
        table.add_row(then, now, str(count))
    Console().print(table)
    for why, count in sorted(found.unasked.items()):
        click.echo(f"approved now without {why}: {count}")
    for why, count in sorted(found.left_out.items()):
        click.echo(f"not replayed: {count} ({why})")
