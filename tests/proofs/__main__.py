"""`python -m tests.proofs [NAME …]`: run the proofs one after the other, with a verdict."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Literal

import click
import structlog
import uvloop
from rich.console import Console

from tests.acceptance.driver.roles import NotReadyError
from tests.ops import fuzz
from tests.proofs import failover, full, power_cut, soak
from tests.proofs.outcome import Proved
from tests.proofs.preload import NotPossibleError

Proof = Callable[[Path, Console], Awaitable[Proved]]


def _proofs(cuts: int, kills: int, minutes: float) -> dict[str, Proof]:
    """Return what can be proved, by name."""

    def cluster(how: failover.How) -> Proof:
        return partial(failover.prove_cluster, how=how, kills=kills)

    def watched(durability: Literal["always", "replicated"], *, guarded: bool = False) -> Proof:
        return partial(failover.prove_watched, durability=durability, kills=kills, guarded=guarded)

    def power(fsync: str) -> Proof:
        return partial(power_cut.prove, fsync=fsync, cuts=cuts)

    return {
        "power-cut": power("always"),
        "power-cut-everysec": power("everysec"),
        "cluster-return": cluster("return"),
        "cluster-failover": cluster("failover"),
        "cluster-lag": cluster("lag"),
        "replicas": watched("always"),
        "replicas-replicated": watched("replicated"),
        "replicas-guarded": watched("replicated", guarded=True),
        "memory-full": full.prove_memory,
        "disk-full": full.prove_disk,
        "soak": partial(soak.prove, minutes=minutes),
        "series": fuzz.prove,
    }


@click.command()
@click.argument("names", nargs=-1)
@click.option("--cuts", default=12, show_default=True, help="power cuts at each level")
@click.option(
    "--kills", default=4, show_default=True, help="killed primaries in each proof of them"
)
@click.option(
    "--minutes", default=5.0, show_default=True, envvar="SOAK_MINUTES", help="how long to soak"
)
@click.option("--keep", type=click.Path(path_type=Path), help="where to leave logs and histories")
def main(
    *, names: tuple[str, ...], cuts: int, kills: int, minutes: float, keep: Path | None
) -> None:
    """Run the named proofs, all without a name. Exits 1 when a promise was broken or not proved."""
    proofs = _proofs(cuts, kills, minutes)
    if unknown := set(names) - set(proofs):
        raise click.UsageError(f"no proof {', '.join(unknown)}; there are {', '.join(proofs)}")
    directory = keep or Path(tempfile.mkdtemp(prefix="moderation-proofs-"))
    directory.mkdir(parents=True, exist_ok=True)
    structlog.configure(
        logger_factory=structlog.WriteLoggerFactory((directory / "driver.log").open("a"))
    )
    console = Console()
    kept = [_is_proved(name, proofs[name], directory, console) for name in names or proofs]
    if all(kept) and keep is None:
        shutil.rmtree(directory)
    else:
        console.print(f"logs, histories and the servers' data: {directory}")
    sys.exit(0 if all(kept) else 1)


def _is_proved(name: str, proof: Proof, directory: Path, console: Console) -> bool:
    console.print(f"{name} …")
    where = directory / name
    where.mkdir()
    try:
        outcome = uvloop.run(proof(where, console))
    except (NotPossibleError, NotReadyError) as error:
        console.print(f"{name}: not proved: {error}")
        return False
    console.print(outcome.table())
    if not outcome.is_kept:
        console.print("\n".join(outcome.faults()))
    return outcome.is_kept


if __name__ == "__main__":
    main()
