"""`python -m tests.ops.fuzz [COUNT]`: 100,000 fuzzed requests to a real service, and its series.

Series are there from the first answer of a kind on; a kind that is rare may come late.
"""

from __future__ import annotations

import logging
import random
import sys
import tempfile
from pathlib import Path

import click
import structlog
import uvloop

from moderation.store.embedded import EmbeddedServer
from tests.ops.fuzzing import answered, fuzzed, labels_outside, send, series
from tests.web.kit import serving

_AT_ONCE = 32


async def _fuzz(count: int) -> bool:
    with tempfile.TemporaryDirectory() as directory:
        server = EmbeddedServer(Path(directory) / "data")
        try:
            async with serving(await server.start(), works=False) as service:
                registry, dice = service.context.metrics.registry, random.Random(1)
                await send(service, fuzzed(dice, count // 10), at_once=_AT_ONCE)
                first = series(registry)
                await send(service, fuzzed(dice, count - count // 10), at_once=_AT_ONCE)
                outside = labels_outside(registry, service)
                added = series(registry) - first
                click.echo(
                    f"{answered(registry):.0f} requests answered: {len(first)} series after the "
                    f"first tenth, {len(added)} more after all, "
                    f"{len(outside)} labels outside their sets"
                )
                for one in sorted(added):
                    click.echo(f"  {one}")
                return not outside
        finally:
            await server.stop()


@click.command()
@click.argument("count", default=100_000)
def main(count: int) -> None:
    """Send COUNT requests; exits 1 when a label says what none may."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sys.exit(0 if uvloop.run(_fuzz(count)) else 1)


if __name__ == "__main__":
    main()
