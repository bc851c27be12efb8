"""A decision in a batch, in the store: what it leaves as it is, and what is kept of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moderation.store import claims, reading, second_thoughts, tallies
from moderation.store.decisions import Batch, PersonalDecision
from moderation.store.second_thoughts import Act
from moderation.store.store import Store
from tests.contract import store_kit as kit

BATCH = Batch("b_" + "0" * 32, 2)


def says(comment: str, version: int = 2, decision: str = "reject") -> PersonalDecision:
    return replace(kit.says(comment, version, decision), batch=BATCH)


async def held(store: Store, name: str = "1") -> str:
    (comment,) = await kit.decide(store, [kit.comment(store, name)], kit.held)
    return comment


async def test_it_is_recorded_once_and_names_its_batch(store: Store):
    comment = await held(store)
    for code in ("recorded", "already"):
        assert await kit.resolve(store, says(comment)) == (code, 3)
    *_, last = await reading.trail(store, comment)
    assert last["batch"] == {"id": BATCH.id, "size": 2}


async def test_what_somebody_else_has_in_hand_is_left_until_the_claim_ends(store: Store):
    comment = await held(store)
    await claims.claim(store, kit.SITE, "bob", [comment], lease_ms=60_000)
    assert await kit.resolve(store, says(comment)) == ("claimed", 2)
    await claims.release(store, kit.SITE, "bob", [comment])
    await claims.claim(store, kit.SITE, "ada", [comment], lease_ms=60_000)
    assert await kit.resolve(store, says(comment)) == ("recorded", 3)


async def test_what_was_escalated_is_left(store: Store):
    comment = await held(store)
    act = Act(
        comment=comment, site=kit.SITE, expected_version=2, actor_id="ada", actor_name="Ada L."
    )
    assert await second_thoughts.escalate(store, act, None) == ("recorded", 3)
    assert await kit.resolve(store, says(comment, 3)) == ("escalated", 3)
    assert await kit.resolve(store, says(comment, 2)) == ("stale", 3)


@pytest.mark.parametrize(("share", "code"), [(1.0, "drawn"), (0.0, "not_held")])
async def test_an_approval_is_left_whether_it_was_drawn_or_not(
    store: Store, share: float, code: str
):
    await tallies.configure(store, keep_ms=kit.YEAR_MS, sample_share=share)
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.approved)
    assert await kit.resolve(store, says(comment)) == (code, 2)
    assert len(await reading.trail(store, comment)) == 2


async def test_what_is_not_decided_yet_is_left(store: Store):
    (accepted,) = await kit.accept(store, kit.comment(store))
    assert await kit.resolve(store, says(accepted.id, 1)) == ("not_held", 1)
