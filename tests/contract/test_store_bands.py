"""What is held by severity: each in one part, edges where they belong, the worst first."""

from __future__ import annotations

from functools import partial

import pytest

from moderation.store import bands, claims, second_thoughts
from moderation.store.second_thoughts import Act
from moderation.store.store import Store
from tests.contract import store_kit as kit

SCORES = (0.0, 0.25, 0.4999, 0.5, 0.75, 1.0)
EDGES = (0.0, 0.25, 0.5, 0.75, 1.0)


@pytest.fixture
async def held(store: Store) -> dict[str, float]:
    """Return a comment of each score."""
    found = {}
    for score in SCORES:
        new = [kit.comment(store, str(score))]
        (comment,) = await kit.decide(store, new, partial(kit.held, score=score))
        found[comment] = score
    return found


async def test_each_is_in_the_part_above_its_edge_and_one_in_the_last(
    store: Store, held: dict[str, float]
):
    assert await bands.histogram(store, kit.SITE, EDGES) == [1, 2, 1, 2]
    assert await bands.histogram(store, kit.SITE, [0.25, 0.5]) == [2]
    assert await bands.histogram(store, "other", EDGES) == [0] * 4
    assert len(held) == sum(await bands.histogram(store, kit.SITE, EDGES))


async def test_a_band_has_the_worst_first_and_no_more_than_asked(
    store: Store, held: dict[str, float]
):
    async def found(low: float, high: float, count: int = 10) -> list[float]:
        return [held[one.id] for one in await bands.worst(store, kit.SITE, low, high, count)]

    assert await found(0.0, 1.0) == sorted(SCORES, reverse=True)
    assert await found(0.25, 0.75) == [0.5, 0.4999, 0.25]
    assert await found(0.0, 1.0, 2) == [1.0, 0.75]
    assert await found(0.26, 0.4999) == []


async def test_it_tells_versions_claims_and_reasons_and_leaves_out_what_is_not_held(
    store: Store, held: dict[str, float]
):
    first, second, third, *_ = sorted(held, key=lambda one: -held[one])
    await claims.claim(store, kit.SITE, "bob", [first], lease_ms=60_000)
    act = Act(
        comment=second, site=kit.SITE, expected_version=2, actor_id="ada", actor_name="Ada L."
    )
    await second_thoughts.escalate(store, act, None)
    await kit.resolve(store, kit.says(third, 2, "approve"))
    [worst, *others] = await bands.worst(store, kit.SITE, 0.0, 1.0, 10)
    assert (worst.id, worst.version, worst.claimed_by) == (first, 2, "bob")
    assert worst.claimed_until > 0
    assert "score_over_threshold" in worst.why
    assert {one.id for one in others} == set(held) - {first, second, third}
    assert [one.claimed_by for one in others] == [None] * 3
