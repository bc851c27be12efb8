"""Moderators at the queue: cards that nobody else has, decisions once each, and who was first."""

from __future__ import annotations

import asyncio

import pytest

from moderation.domain.decision import Decision
from moderation.domain.errors import (
    InvalidError,
    StaleError,
)
from moderation.services.held import HeldFilter
from tests.integration.reviewing_kit import ADA, BOB, Who, at_the_page, hold, ids_of
from tests.service_kit import OTHER_SITE, SITE, service

APPROVE, REJECT, HOLD = Decision.APPROVE, Decision.REJECT, Decision.HOLD


async def test_cards_are_the_queue_with_what_a_moderator_needs(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 3, author="author-1")
        page = await at_the_page(s).cards(SITE, ADA, order="age", count=2)
        assert ids_of(page) == ids[:2]
        assert page.next is not None
        queue = (await s.listing.held(SITE, "age", HeldFilter(), None, 2)).items
        for card, item in zip(page.items, queue, strict=True):
            assert {**card, **item} == card
            assert card["claimed_by"] == ADA.id
            assert card["claimed_until"] > card["received_at"]
            assert card["author_pseudonym"] == card["author"]["id"]
            assert card["escalation"] is None
        rest = await at_the_page(s).cards(SITE, ADA, order="age", cursor=page.next)
        assert (ids_of(rest), rest.next) == (ids[2:], None)
        with pytest.raises(InvalidError):
            await at_the_page(s).cards(SITE, ADA, cursor="elsewhere")


async def test_who_only_looks_takes_nothing_from_anybody(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 3)
        page = at_the_page(s)
        await page.cards(SITE, ADA, count=2)
        seen = await page.cards(SITE, BOB, order="age", claim=False)
        assert ids_of(seen) == ids
        assert sorted(card["claimed_by"] or "" for card in seen.items) == ["", ADA.id, ADA.id]
        assert len(ids_of(await page.cards(SITE, BOB))) == 1
        assert ids_of(await page.cards(OTHER_SITE, BOB)) == []


async def test_a_claim_is_renewed_given_back_and_found_again(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 4)
        page = at_the_page(s)
        assert ids_of(await page.cards(SITE, ADA, order="age", count=2)) == ids[:2]
        assert await page.renew(SITE, ADA, ids) == ids[:2]
        await page.release(SITE, ADA, ids[:1])
        assert await page.renew(SITE, ADA, ids) == ids[1:2]
        mine = await page.cards(SITE, ADA, order="age", wanted=HeldFilter(mine=True))
        assert ids_of(mine) == ids[1:2]
        assert ids_of(await page.cards(SITE, BOB, order="age")) == [ids[0], *ids[2:]]
        lapsing = at_the_page(s, lease_s=0.0)
        assert ids_of(await lapsing.cards(SITE, ADA, order="age")) == ids[1:2]
        assert ids_of(await page.cards(SITE, BOB, order="age")) == ids


async def test_a_decision_names_who_is_signed_in_and_is_made_once(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        [comment] = await hold(s, 1)
        page = at_the_page(s)
        said = (SITE, ADA, comment, 2, REJECT, "insult", "a note")
        answer = await page.decide(*said)
        assert (answer["decision"], answer["version"]) == ("reject", 3)
        assert await page.decide(*said) == answer
        assert len(await s.trail(comment)) == 3
        last = (await s.listing.history(SITE, comment))[-1]
        assert last["actor"] == {"id": ADA.id, "name": ADA.name, "via": "page"}
        with pytest.raises(StaleError) as refused:
            await page.decide(SITE, BOB, comment, 2, APPROVE)
        assert refused.value.event["actor"]["name"] == ADA.name
        assert refused.value.event["decision"] == "reject"


async def test_twenty_moderators_at_once_decide_each_comment_once(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 100)
        page = at_the_page(s)
        held_by: dict[str, str] = {}
        decided: list[str] = []

        async def moderate(who: Who) -> None:
            while cards := (await page.cards(SITE, who, count=10)).items:
                for card in cards:
                    assert held_by.setdefault(card["id"], who.id) == who.id
                for card in cards:
                    await page.decide(SITE, who, card["id"], card["version"], APPROVE)
                    decided.append(card["id"])

        await asyncio.gather(*(moderate(Who(f"p_{n}", f"Person {n}")) for n in range(20)))
        assert sorted(decided) == sorted(ids)
        assert await s.held() == []
        assert s.count("review_conflicts_total", reason="stale") == 0
        trails = await asyncio.gather(*(s.trail(comment) for comment in ids))
        assert {len(trail) for trail in trails} == {3}


async def test_how_long_people_took_is_counted(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 2)
        page = at_the_page(s)
        await page.cards(SITE, ADA, count=1, order="age")
        for comment in ids:
            await page.decide(SITE, ADA, comment, 2, APPROVE)
        await page.decide(SITE, BOB, ids[0], 3, REJECT)
        assert s.count("review_handling_seconds_count") == 1  # what she had claimed
        assert s.count("review_wait_seconds_count") == 2
        assert s.count("reversals_total") == 1
