"""`python -m tests.ops.fuzz [COUNT]`: 100,000 fuzzed requests to a real service, and its series.

Series are there from the first answer of a kind on; a kind that is rare may come late.
"""

from __future__ import annotations

import logging
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import structlog
import uvloop
from rich.console import Console
from rich.table import Table

from moderation.store.embedded import EmbeddedServer
from tests.ops.fuzzing import answered, fuzzed, labels_outside, send, series
from tests.web.kit import serving

COUNT = 110_000
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """How many were answered, the series after the first tenth, and what all the rest added."""

    answered: int
    first: int
    added: Sequence[str]
    outside: Sequence[str]

    @property
    def is_kept(self) -> bool:
        """Tell whether no label says what none may."""
        return not self.outside

    def table(self) -> Table:
        """Return the run in numbers."""
        grid = Table(title="Fuzzed requests and the series of the metrics", show_header=False)
        grid.add_column()
        grid.add_column(justify="right")
        grid.add_row("requests answered", f"{self.answered:,}")
        grid.add_row("series after the first tenth", f"{self.first:,}")
        grid.add_row("series added by all the rest", f"{len(self.added):,}")
        grid.add_row("labels outside their closed sets", f"{len(self.outside):,}")
        return grid

    def faults(self) -> list[str]:
        """Return a line for each label that is none of its set's."""
        return [f"outside its set: {one}" for one in self.outside]


async def prove(directory: Path, _: Console, *, count: int = COUNT) -> Fuzzed:
    """Send them to a service over a server in `directory`."""
    server = EmbeddedServer(directory / "data")
    try:
        async with serving(await server.start(), works=False) as service:
            registry, dice = service.context.metrics.registry, random.Random(1)
            await send(service, fuzzed(dice, count // 10), at_once=_AT_ONCE)
            first = series(registry)
            await send(service, fuzzed(dice, count - count // 10), at_once=_AT_ONCE)
            return Fuzzed(
                answered=round(answered(registry)),
                first=len(first),
                added=sorted(series(registry) - first),
                outside=labels_outside(registry, service),
            )
    finally:
        await server.stop()


@click.command()
@click.argument("count", default=COUNT)
def main(count: int) -> None:
    """Send COUNT requests; exits 1 when a label says what none may."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    console = Console()
    with tempfile.TemporaryDirectory() as directory:
        found = uvloop.run(prove(Path(directory), console, count=count))
    console.print(found.table())
    for line in (*found.faults(), *(f"added: {one}" for one in found.added)):
        console.print(line, highlight=False, soft_wrap=True)
    sys.exit(0 if found.is_kept else 1)


if __name__ == "__main__":
    main()
