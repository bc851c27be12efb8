"""A run of the driver against the stand-in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.acceptance.driver.checker import Breach
from tests.acceptance.driver.drive import Ends, Plan, drive
from tests.acceptance.driver.events import Journal
from tests.acceptance.driver.ledger import Ledger
from tests.acceptance.driver.receiver import receiving
from tests.acceptance.driver.texts import mild_comments
from tests.unit.driver.stand_in import StandIn, serving

COUNT = 60


async def run(
    tmp_path: Path,
    service: StandIn,
    *,
    count: int = COUNT,
    failing: float = 0.0,
    kill: Callable[[str], bool] | None = None,
    **plan: Any,
) -> tuple[list[Breach], Ledger]:
    """Drive `count` mild comments; what a Plan is not told, it has from here."""
    fixed = Plan(**{"rate": 500.0, "seed": 3, "patience_s": 10.0, "settle_s": 0.1, **plan})
    with Journal(tmp_path / "history.jsonl") as journal:
        ledger = Ledger(journal)
        async with (
            serving(service) as url,
            receiving(service.site, ledger, failing=failing, seed=3) as origin,
        ):
            ends = Ends(url, origin, service.site)
            breaches = await drive(ends, mild_comments(count, seed=3), fixed, ledger, kill)
    return breaches, ledger
