"""`moderation log`: the installation's log, as sentences or as JSON lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from moderation.cli.common import on_store, with_config, with_data
from moderation.services.answers import timestamp
from moderation.settings import Settings
from moderation.store import log, people
from moderation.store.store import Store
from moderation.web.review.records.log_wording import happening, where

_STEP = 500


@click.command("log")
@click.option("--kind", help="Only entries of this type, such as policy_applied.")
@click.option(
    "--count", default=50, show_default=True, type=click.IntRange(min=1), help="At most so many."
)
@click.option("--json", "as_json", is_flag=True, help="One entry a line, as it is stored.")
@with_data
@with_config
def log_command(
    kind: str | None, count: int, as_json: bool, data_dir: Path, config: Path | None
) -> None:
    """Show who changed what about people, policies and keys, newest first."""

    async def work(store: Store, _: Settings) -> tuple[list[dict[str, Any]], dict[str, str]]:
        found: list[dict[str, Any]] = []
        before = None
        while len(found) < count:
            wanted = min(_STEP, count - len(found))
            entries, before = await log.read(store, before, wanted, kind=kind)
            found += entries
            if before is None:
                break
        return found, {one.person.id: one.person.name for one in await people.listed(store)}

    entries, names = on_store(config, data_dir, work)
    for entry in entries:
        if as_json:
            click.echo(json.dumps(entry, ensure_ascii=False))
            continue
        note = f" Note: {entry['note']}" if entry.get("note") else ""
        click.echo(f"{timestamp(entry['at'])}  {happening(entry, names)} ({where(entry)}){note}")
