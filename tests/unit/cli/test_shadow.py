"""`moderation shadow`: the report on a second model."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from moderation.domain.decision import Decision
from moderation.domain.scores import ModelInfo
from moderation.store import comparisons
from moderation.store.client import connect
from moderation.store.comparisons import Comparison, Side
from moderation.store.store import open_store
from tests.contract import store_kit as kit
from tests.unit.cli.conftest import Run


async def compare_two(url: str) -> list[str]:
    """Keep two comparisons, one of which a person has decided since; return their ids."""
    clients = connect(url)
    store = await open_store(clients, shards=None, secret=None)
    ids = await kit.decide(store, [kit.comment(store, "1"), kit.comment(store, "2")])
    first = Side.of(ModelInfo("m", "1"), Decision.HOLD, {"toxicity": 0.9})
    for comment, score, decision in zip(
        ids, (0.8, 0.2), (Decision.HOLD, Decision.APPROVE), strict=True
    ):
        second = Side.of(ModelInfo("m", "2"), decision, {"toxicity": score})
        one = Comparison(comment=comment, revision=1, first=first, second=second)
        await comparisons.note(store, one)
    await kit.resolve(store, kit.says(ids[1], 2, "approve"))
    await clients.aclose()
    return ids


def test_it_reports_changes_distances_and_agreement(run: Run, data: Path, beside: str) -> None:
    ids = asyncio.run(compare_two(beside))
    said = json.loads(run("shadow", "--json", "--list", "1", "--data", data).stdout)
    assert said == {
        "models": ["m/1", "m/2"],
        "comments": 2,
        "decisions": [
            {"first": "hold", "second": "approve", "comments": 1},
            {"first": "hold", "second": "hold", "comments": 1},
        ],
        "scores": {"toxicity": {"mean": 0.4, "shift": -0.4, "largest": 0.7}},
        "decided_by_people": {"comments": 1, "first": 0, "second": 1},
        "farthest": [{"id": ids[1], "distance": 0.7}],
    }
    shown = run("shadow", "--data", data).stdout
    assert "people decided 1 of them: m/1 had 0 right, m/2 1" in shown
    assert ids[1] in shown


@pytest.mark.usefixtures("beside")
def test_with_nothing_compared_it_says_so(run: Run, data: Path) -> None:
    empty = run("shadow", "--data", data)
    assert (empty.exit_code, empty.stdout) == (0, "")
    assert "nothing was compared yet" in empty.stderr
