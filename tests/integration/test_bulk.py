"""Many decided in one act: each once, by a person, and none that needs its own reading."""

from __future__ import annotations

import asyncio

import pytest

from moderation.domain.decision import Decision
from moderation.domain.errors import (
    EscalatedError,
    NotFoundError,
    NotInBulkError,
    StaleError,
    StoreDownError,
)
from moderation.domain.people import Person
from moderation.services.bulk import Bulk, Outcome, _batch
from moderation.services.insights import Insights
from moderation.services.reviewing import Reviewing
from moderation.store.client import connect
from moderation.store.store import Store
from moderation.store.tallies import HIGHEST
from tests.integration.reviewing_kit import ADA, BOB, HEDY, at_the_page, hold
from tests.receiver import receiving
from tests.service_kit import OTHER_SITE, SITE, Service, service, until

APPROVE, REJECT = Decision.APPROVE, Decision.REJECT
BATCH, ANOTHER = "b_" + "1" * 32, "b_" + "2" * 32


def seen(ids: list[str], version: int = 2) -> list[tuple[str, int]]:
    return [(comment, version) for comment in ids]


def in_bulk(s: Service, **options: float) -> Bulk:
    return Bulk(at_the_page(s, **options))


def batch_of(person: Person) -> str:
    """The id of a person's act that their page calls BATCH."""
    return _batch(person, BATCH, []).id


def whys(found: Outcome) -> list[str | type]:
    return [one.why if isinstance(one, NotInBulkError) else type(one) for _, one in found.refused]


async def test_each_is_decided_once_and_says_in_which_batch(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 30)
        said = (SITE, ADA, seen(ids), BATCH, REJECT, "spam", "all from one bot")
        found = await in_bulk(s).decide(*said)
        assert found == Outcome(done=[(comment, 3) for comment in ids], refused=[])
        assert await in_bulk(s).decide(*said) == found
        assert await s.held() == []
        for comment in ids:
            *before, last = await s.listing.history(SITE, comment)
            assert len(before) == 2
            assert last["batch"] == {"id": batch_of(ADA), "size": 30}
            assert last["actor"] == {"id": ADA.id, "name": ADA.name, "via": "page"}
            assert (last["reasons"][0]["label"], last["note"]) == ("spam", "all from one bot")
        assert s.count("reviews_total", action="bulk_reject") == 30
        assert s.count("reviews_total", action="reject") == 0
        assert s.count("review_wait_seconds_count") == 30


async def test_a_batch_taken_back_is_as_it_was_and_nobody_hears_of_it(embedded_url: str) -> None:
    async with receiving() as hook, service(embedded_url, hook.allowed) as s:
        await s.work()
        s.run(s.notifier())
        ids = await hold(s, 12, callback_url=hook.url)
        await until(lambda: len(hook.accepted) == 12)
        bulk = in_bulk(s, hold_back_s=600.0)
        done = (await bulk.decide(SITE, ADA, seen(ids), BATCH, APPROVE)).done
        undone = await bulk.undo(SITE, ADA, done, BATCH)
        assert undone == Outcome(done=[(comment, 4) for comment in ids], refused=[])
        assert await bulk.undo(SITE, ADA, done, BATCH) == undone
        assert await s.held() == ids
        last = (await s.listing.history(SITE, ids[0]))[-1]
        assert (last["undoes"], last["undoes_batch"]) == (3, {"id": batch_of(ADA), "size": 12})
        assert "batch" not in last
        await bulk.decide(SITE, ADA, seen(ids[:1], 4), ANOTHER, APPROVE)
        assert len(hook.heard) == 12
        assert s.count("reviews_total", action="bulk_undo") == 12


async def test_what_needs_its_own_reading_is_left_as_it_is(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 6)
        page = at_the_page(s)
        [claimed] = (await page.cards(SITE, BOB, order="age", count=1)).items
        assert claimed["id"] == ids[0]
        await page.escalate(SITE, BOB, ids[1], 2)
        await page.decide(SITE, BOB, ids[2], 2, APPROVE)
        await s.keeping.erase(SITE, ids[3], "key1")
        items = [(ids[0], 2), (ids[1], 3), (ids[2], 2), (ids[3], 2), (ids[4], 1), (ids[5], 2)]
        found = await in_bulk(s).decide(SITE, ADA, items, BATCH, REJECT, "spam")
        assert found.done == [(ids[5], 3)]
        assert whys(found) == ["claimed", "escalated", StaleError, NotFoundError, StaleError]
        assert [comment for comment, _ in found.refused] == ids[:5]
        again = await in_bulk(s).decide(SITE, ADA, [(ids[2], 3)], BATCH, REJECT, "spam")
        assert whys(again) == ["not_held"]
        # An administrator decides what was escalated, but not among many.
        both = await in_bulk(s).decide(SITE, HEDY, [(ids[1], 3)], BATCH, REJECT, "spam")
        assert whys(both) == ["escalated"]
        mine = await in_bulk(s).decide(SITE, BOB, [(ids[0], 2)], ANOTHER, APPROVE)
        assert mine.done == [(ids[0], 3)]
        elsewhere = await in_bulk(s).decide(OTHER_SITE, ADA, seen(ids), BATCH, APPROVE)
        assert whys(elsewhere) == [NotFoundError] * 6


async def test_a_lapsed_claim_keeps_nobody_out(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 1)
        assert (await at_the_page(s, lease_s=0.0).cards(SITE, BOB)).items
        assert (await in_bulk(s).decide(SITE, ADA, seen(ids), BATCH, APPROVE)).done


async def test_only_one_s_own_batch_is_taken_back(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 4)
        bulk, page = in_bulk(s), at_the_page(s)
        done = (await bulk.decide(SITE, ADA, seen(ids[:3]), BATCH, APPROVE)).done
        await page.decide(SITE, ADA, ids[3], 2, APPROVE)
        await page.decide(SITE, BOB, ids[0], 3, REJECT, "spam")
        for who, batch in ((BOB, BATCH), (ADA, ANOTHER)):
            assert (await bulk.undo(SITE, who, done, batch)).done == []
        found = await bulk.undo(SITE, ADA, [*done, (ids[3], 3)], BATCH)
        assert found.done == [(ids[1], 4), (ids[2], 4)]
        assert whys(found) == [StaleError, StaleError]
        assert await s.held() == ids[1:3]


async def test_a_name_that_two_pages_give_is_of_two_batches(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 4)
        bulk = in_bulk(s)
        hers = (await bulk.decide(SITE, ADA, seen(ids[:2]), BATCH, APPROVE)).done
        his = (await bulk.decide(SITE, BOB, seen(ids[2:]), BATCH, APPROVE)).done
        trails = [await s.listing.history(SITE, comment) for comment in ids]
        assert [trail[-1]["batch"]["id"] for trail in trails] == [
            *[batch_of(ADA)] * 2, *[batch_of(BOB)] * 2
        ]  # fmt: skip
        found = await bulk.undo(SITE, BOB, [*hers, *his], BATCH)
        assert [comment for comment, _ in found.done] == ids[2:]
        assert whys(found) == [StaleError, StaleError]


async def test_two_acts_on_the_same_comments_decide_each_once(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 40)
        bulk = in_bulk(s)
        first, second = await asyncio.gather(
            bulk.decide(SITE, ADA, seen(ids), BATCH, APPROVE),
            bulk.decide(SITE, BOB, seen(ids), ANOTHER, REJECT, "spam"),
        )
        assert sorted([*first.done, *second.done]) == sorted((comment, 3) for comment in ids)
        trails = await asyncio.gather(*(s.trail(comment) for comment in ids))
        assert {len(trail) for trail in trails} == {3}


async def test_nobody_read_them_so_they_are_no_judgement(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 6)
        page, bulk = at_the_page(s), in_bulk(s)
        await page.cards(SITE, ADA, count=6)
        done = (await bulk.decide(SITE, ADA, seen(ids[:5]), BATCH, REJECT, "spam")).done
        await page.decide(SITE, ADA, ids[5], 2, REJECT, "hate")
        look = Insights(s.store, s.book)

        async def outcomes() -> dict[str, int]:
            whole = (await look.look(SITE, ADA.id, days=1, label=HIGHEST)).together()
            return {name: n for name, n in whole.outcomes.items() if n}

        whole = (await look.look(SITE, ADA.id, days=1, label=HIGHEST)).together()
        assert await outcomes() == {"hb": 5, "hr": 1}
        assert whole.decisions == {"bulk": 5, "reject": 1}
        assert whole.own == {"bulk": 5, "reject": 1}
        assert whole.rejected_for == {"hate": 1}
        assert s.count("review_handling_seconds_count") == 1
        # Somebody reads one, and takes that back: it is again what the batch made of it.
        await page.decide(SITE, BOB, ids[0], 3, APPROVE)
        assert await outcomes() == {"hb": 4, "ha": 1, "hr": 1}
        await page.undo(SITE, BOB, ids[0], 4)
        assert await outcomes() == {"hb": 5, "hr": 1}
        await bulk.undo(SITE, ADA, done[1:], BATCH)
        assert await outcomes() == {"hb": 1, "h": 4, "hr": 1}


async def test_what_was_escalated_is_for_who_takes_it(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 2)
        page = at_the_page(s)
        for comment in ids:
            await page.escalate(SITE, ADA, comment, 2, "a note")
        for who in (ADA, BOB):
            with pytest.raises(EscalatedError):
                await page.decide(SITE, who, ids[0], 3, APPROVE)
            with pytest.raises(StaleError):  # who comes too late is told that
                await page.decide(SITE, who, ids[0], 2, APPROVE)
        await page.undo(SITE, ADA, ids[0], 3)
        await page.decide(SITE, BOB, ids[0], 4, APPROVE)
        assert (await page.decide(SITE, HEDY, ids[1], 3, REJECT, "spam"))["decision"] == "reject"


async def test_without_a_store_a_batch_is_refused_as_a_whole(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        nowhere = connect("redis://127.0.0.1:1")
        lost = Reviewing(Store(nowhere, 1, b"x" * 32), s.settings, s.book, s.metrics)
        items = seen([f"c_{number:032x}" for number in range(30)])
        with pytest.raises(StoreDownError):
            await Bulk(lost).decide(SITE, ADA, items, BATCH, APPROVE)
        await nowhere.aclose()
