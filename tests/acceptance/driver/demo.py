"""The whole demonstration: deploy, receive, drive, and judge; for `make demo` and for the tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.driver.checker import Breach
from tests.acceptance.driver.deployment import deployed
from tests.acceptance.driver.drive import Ends, Plan, drive
from tests.acceptance.driver.events import Journal
from tests.acceptance.driver.ledger import Ledger
from tests.acceptance.driver.outside import scored_alone, texts_in_logs
from tests.acceptance.driver.receiver import receiving
from tests.acceptance.driver.site import Site
from tests.acceptance.driver.texts import Comment

HISTORY = "history.jsonl"

Show = Callable[[Ledger], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Report:
    """What a run was: its counts, and every promise that it broke."""

    ledger: Ledger
    breaches: list[Breach]


async def demonstrate(
    comments: Sequence[Comment],
    plan: Plan,
    directory: Path,
    *,
    workers: int = 2,
    scorer: str = "onnx",
    failing: float = 0.0,
    show: Show = lambda ledger: nullcontext(),
) -> Report:
    """Run the service in `directory`, drive `comments` through it, and return what came of it.

    `failing` is the share of callbacks that the receiver turns away; `show` accompanies the run.
    Raises NotReadyError.
    """
    site = Site.fresh("demo")
    with Journal(directory / HISTORY) as journal:
        alone = scored_alone(comments, scorer, plan.seed)
        for event in await asyncio.to_thread(list, alone):
            journal.append(event)
        ledger = Ledger(journal)
        async with (
            receiving(site, ledger, failing=failing, seed=plan.seed) as origin,
            deployed(directory, site, origin, workers=workers, scorer=scorer) as deployment,
            show(ledger),
        ):
            ends = Ends(deployment.url, origin, site)
            breaches = await drive(ends, comments, plan, ledger, deployment.kill)
    logs = [role.log for role in deployment.roles]
    breaches += [*deployment.faults, *texts_in_logs(comments, logs, plan.seed)]
    return Report(ledger, breaches)
