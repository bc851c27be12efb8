"""`python -m tests.ops.fuzz [COUNT]`: 100,000 fuzzed requests to a real service, and its series.

The first tenth may add series, for answers that had not been given before; the rest adds none.
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
                click.echo(
                    f"{answered(registry):.0f} requests answered: {first} series after the first tenth, "
                    f"{series(registry)} after all, {len(outside)} labels outside their sets"
                )
                return not outside and series(registry) == first
        finally:
            await server.stop()


@click.command()
@click.argument("count", default=100_000)
def main(count: int) -> None:
    """Send COUNT requests; exits 1 when they added series."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sys.exit(0 if uvloop.run(_fuzz(count)) else 1)


if __name__ == "__main__":
    main()
