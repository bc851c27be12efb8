"""`moderation people`: who may sign in to the moderators' page; a running service sees it at once.

A password is typed, never an argument: arguments stand in shell histories and process lists.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import click
from rich.console import Console
from rich.table import Column, Table

from moderation.cli.common import on_store, operator, with_config, with_data
from moderation.domain.people import Person, Role
from moderation.services.answers import timestamp
from moderation.services.page_links import sign_in_link
from moderation.services.people import People
from moderation.settings import Settings
from moderation.store.log import Actor
from moderation.store.people import Account
from moderation.store.store import Store

_ROLES = click.Choice([role.value for role in Role])


@click.group()
def people() -> None:
    """Make, change and end accounts of the moderators' page."""


@people.command("add")
@click.argument("name")
@click.option("--role", type=_ROLES, default=Role.MODERATOR.value, show_default=True)
@click.option("--site", "sites", multiple=True, help="May be given several times.  [default: all]")
@click.option("--link", is_flag=True, help="Print a one-time sign-in link; ask for no password.")
@with_data
@with_config
def add(
    name: str, role: str, sites: tuple[str, ...], link: bool, data_dir: Path, config: Path | None
) -> None:
    """Make an account, with a password that is asked for or a link by which it is chosen."""
    password = None if link else click.prompt("Password", hide_input=True, confirmation_prompt=True)

    async def work(store: Store, settings: Settings) -> None:
        accounts = People(store, settings)
        person = await accounts.add(name, Role(role), sites or None, password, by=operator())
        if link:
            await _say_link(accounts, settings, person)

    on_store(config, data_dir, work)


@people.command("link")
@click.argument("name")
@with_data
@with_config
def link_(name: str, data_dir: Path, config: Path | None) -> None:
    """Print a link that lets somebody in once, to choose a new password; earlier ones end."""

    async def work(store: Store, settings: Settings) -> None:
        accounts = People(store, settings)
        await _say_link(accounts, settings, await accounts.named(name))

    on_store(config, data_dir, work)


@people.command("role")
@click.argument("name")
@click.argument("role", type=_ROLES)
@with_data
@with_config
def role_(name: str, role: str, data_dir: Path, config: Path | None) -> None:
    """Change what somebody may do, also where they are signed in."""
    _of(
        name,
        data_dir,
        config,
        lambda some, person, by: some.set_role(person.id, Role(role), by=by),
    )


@people.command("sites")
@click.argument("name")
@click.option("--site", "sites", multiple=True, help="May be given several times.  [default: all]")
@with_data
@with_config
def sites_(name: str, sites: tuple[str, ...], data_dir: Path, config: Path | None) -> None:
    """Change which sites somebody sees, also where they are signed in."""
    _of(
        name,
        data_dir,
        config,
        lambda some, person, by: some.set_sites(person.id, sites or None, by=by),
    )


@people.command("disable")
@click.argument("name")
@with_data
@with_config
def disable(name: str, data_dir: Path, config: Path | None) -> None:
    """Let somebody in no more, and end their sessions; what they decided keeps their name."""
    _of(
        name,
        data_dir,
        config,
        lambda some, person, by: some.set_active(person.id, active=False, by=by),
    )


@people.command("enable")
@click.argument("name")
@with_data
@with_config
def enable(name: str, data_dir: Path, config: Path | None) -> None:
    """Let somebody in again who was disabled."""
    _of(
        name,
        data_dir,
        config,
        lambda some, person, by: some.set_active(person.id, active=True, by=by),
    )


@people.group("sessions")
def sessions() -> None:
    """End what people are signed in with."""


@sessions.command("revoke")
@click.argument("name")
@with_data
@with_config
def revoke(name: str, data_dir: Path, config: Path | None) -> None:
    """Sign somebody out everywhere, at once."""
    _of(name, data_dir, config, lambda some, person, by: some.revoke(person.id, by=by))


@people.command("list")
@with_data
@with_config
def list_people(data_dir: Path, config: Path | None) -> None:
    """Show the accounts."""

    async def work(store: Store, settings: Settings) -> list[Account]:
        return await People(store, settings).listed()

    table = Table("name", "role", "sites", "state", "made", Column("id", no_wrap=True))
    for account in on_store(config, data_dir, work):
        person = account.person
        sites = "all" if person.sites is None else " ".join(sorted(person.sites))
        made = timestamp(account.made_at)
        table.add_row(person.name, person.role.value, sites, _state(account), made, person.id)
    Console().print(table)


async def _say_link(accounts: People, settings: Settings, person: Person) -> None:
    """Print a new link, and beside it what is only assumed of where it leads."""
    click.echo(sign_in_link(settings, await accounts.once_link(person.id, by=operator())))
    if settings.review.public_url is None:
        click.echo(
            f"It leads to this machine and port {settings.api.port} (api.port); if the page is "
            "elsewhere, set review.public_url to its address.",
            err=True,
        )


def _state(account: Account) -> str:
    if not account.person.active:
        return "disabled"
    if account.signs_on:
        return "active, single sign-on"
    return "active" if account.password else "invited"


def _of(
    name: str,
    data_dir: Path,
    config: Path | None,
    deed: Callable[[People, Person, Actor], Awaitable[None]],
) -> None:
    """Do something to whoever has a name."""

    async def work(store: Store, settings: Settings) -> None:
        some = People(store, settings)
        person = await some.named(name)
        await deed(some, person, operator())
        click.echo(f"{person.name}: done")

    on_store(config, data_dir, work)
