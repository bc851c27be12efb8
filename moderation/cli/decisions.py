"""`moderation decisions`: a site's decisions as a file."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from moderation.cli.common import on_store, one_message, with_config, with_data
from moderation.services.export_formats import Format, written_as
from moderation.services.exporting import decisions, span
from moderation.settings import Settings
from moderation.store.store import Store

Write = Callable[[str], object]


@click.group("decisions")
def decisions_group() -> None:
    """Take out what was decided."""


@decisions_group.command("export")
@click.option("--site", required=True, help="Whose decisions.")
@click.option("--since", help="From this day (2026-01-31) or moment on.  [default: the first]")
@click.option("--until", help="Up to and with this day, or before a moment.  [default: now]")
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True
)
@click.option("--statements", is_flag=True, help="With statements of reasons for rejections.")
@click.option(
    "-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file.  [default: -]"
)
@with_data
@with_config
def export(
    *,
    site: str,
    since: str | None,
    until: str | None,
    form: str,
    statements: bool,
    out: Path | None,
    data_dir: Path,
    config: Path | None,
) -> None:
    """Write a site's decisions of a time, oldest first; no text of a comment is among them."""
    with one_message():
        within = span(since, until)

    async def work(store: Store, settings: Settings) -> int:
        if site not in settings.sites:
            raise click.ClickException(f"no site {site!r} is configured")
        with ExitStack() as stack:
            write: Write = _print
            told: Progress | None = None
            if out:
                write = stack.enter_context(_opened(out)).write
                told = stack.enter_context(_progress())
            pages = decisions(store, settings, site, within, statements=statements)
            return await _write(pages, written_as(form, statements=statements), write, told)

    count = on_store(config, data_dir, work)
    if out:
        click.echo(f"{out}: {count:,} decisions", err=True)


async def _write(
    pages: AsyncGenerator[list[dict[str, Any]]], form: Format, write: Write, told: Progress | None
) -> int:
    count = 0
    task = told.add_task("", total=None, count="0") if told else None
    write(form.head())
    async for rows in pages:
        write(form.lines(rows))
        count += len(rows)
        if told and task is not None:
            told.update(task, count=f"{count:,} decisions, up to {rows[-1]['decided_at'][:10]}")
    return count


def _progress() -> Progress:
    """Return a line that says how far it is, on a terminal; nothing elsewhere."""
    columns = (BarColumn(bar_width=20), TextColumn("{task.fields[count]}"), TimeElapsedColumn())
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _opened(out: Path) -> TextIO:
    try:
        return out.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise click.ClickException(f"{out}: {error.strerror}") from error


def _print(text: str) -> None:
    """Print as a file would have it: UTF-8, and line ends as they are."""
    click.echo(text.encode(), nl=False)
