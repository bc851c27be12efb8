"""Second thoughts: handing on, taking back, and who may change what a person decided."""

from __future__ import annotations

import pytest

from moderation.domain.decision import Decision
from moderation.domain.errors import (
    ConflictError,
    FourEyesError,
    NotFoundError,
    StaleError,
)
from moderation.services.held import HeldFilter
from moderation.store import outbox, policies
from moderation.store.log import SERVICE
from tests import service_kit as kit
from tests.integration.reviewing_kit import ADA, BOB, HEDY, at_the_page, hold, ids_of
from tests.receiver import receiving
from tests.service_kit import OTHER_SITE, SITE, Service, service, until

APPROVE, REJECT, HOLD = Decision.APPROVE, Decision.REJECT, Decision.HOLD


async def is_all_settled(s: Service) -> bool:
    return await outbox.counts(s.store) == (0, 0)


async def test_an_escalated_comment_is_seen_with_its_note_by_who_asks(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 2, article="n1")
        page = at_the_page(s)
        answer = await page.escalate(SITE, ADA, ids[0], 2, "is this a threat?")
        assert (answer["decision"], answer["version"]) == ("hold", 3)
        assert await page.escalate(SITE, ADA, ids[0], 2, "is this a threat?") == answer
        assert ids_of(await page.cards(SITE, BOB)) == ids[1:]
        for wanted in (HeldFilter(escalated=True), HeldFilter(escalated=True, article="n1")):
            [card] = (await page.cards(SITE, BOB, wanted=wanted)).items
            assert card["id"] == ids[0]
            assert card["escalation"]["by"] == ADA.name
            assert card["escalation"]["note"] == "is this a threat?"
            assert card["escalation"]["at"] >= card["decided_at"]
        assert (
            await page.cards(SITE, BOB, wanted=HeldFilter(escalated=True, article="n2"))
        ).items == []
        with pytest.raises(StaleError) as refused:
            await page.decide(SITE, BOB, ids[0], 2, APPROVE)
        assert refused.value.event["type"] == "escalated"
        await page.decide(SITE, HEDY, ids[0], 3, APPROVE)
        with pytest.raises(ConflictError):
            await page.escalate(SITE, ADA, ids[0], 4)
        assert s.count("reviews_total", action="escalate") == 1


async def test_a_stack_of_undos_leaves_everything_as_it_was(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 3)
        page = at_the_page(s)
        before = [await s.answer(comment) for comment in ids]
        done = [
            await page.decide(SITE, ADA, ids[0], 2, REJECT, "insult"),
            await page.escalate(SITE, ADA, ids[1], 2, "a note"),
            await page.decide(SITE, ADA, ids[2], 2, APPROVE),
        ]
        assert await s.held() == []
        for answer in reversed(done):
            undone = await page.undo(SITE, ADA, answer["id"], answer["version"])
            assert await page.undo(SITE, ADA, answer["id"], answer["version"]) == undone
        assert await s.held() == ids
        for comment, then in zip(ids, before, strict=True):
            now = await s.answer(comment)
            assert (now["decision"], now["scores"]) == ("hold", then["scores"])
            assert now["reasons"][: len(then["reasons"])] == then["reasons"]
        assert await s.trail(ids[0]) == [
            "received", "hold by model", "reject by person", "hold by person"
        ]  # fmt: skip
        assert s.count("reviews_total", action="undo") == 3
        assert s.count("reversals_total") == 0  # nobody outside has heard of any of it


async def test_only_one_s_own_latest_decision_can_be_taken_back(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        [comment, other] = await hold(s, 2)
        page = at_the_page(s)
        await page.decide(SITE, ADA, comment, 2, REJECT)
        for who, version in ((BOB, 3), (ADA, 2), (ADA, 4)):
            with pytest.raises(StaleError) as refused:
                await page.undo(SITE, who, comment, version)
            assert refused.value.event["version"] == 3
        await page.decide(SITE, BOB, comment, 3, APPROVE)
        with pytest.raises(StaleError) as refused:
            await page.undo(SITE, ADA, comment, 3)
        assert refused.value.event["actor"]["name"] == BOB.name
        await page.undo(SITE, BOB, comment, 4)
        assert (await s.answer(comment))["decision"] == "reject"
        with pytest.raises(StaleError):
            await page.undo(SITE, ADA, other, 2)  # the model's
        for site, name in ((OTHER_SITE, comment), (SITE, "c_" + "a" * 32)):
            with pytest.raises(NotFoundError):
                await page.undo(site, ADA, name, 3)
        await s.keeping.erase(SITE, comment, "key1")
        with pytest.raises((StaleError, NotFoundError)):
            await page.undo(SITE, ADA, comment, 3)


async def test_what_is_taken_back_in_time_is_never_sent(embedded_url: str) -> None:
    async with receiving() as hook, service(embedded_url, hook.allowed) as s:
        await s.work()
        s.run(s.notifier())
        ids = await hold(s, 2, callback_url=hook.url)
        await until(lambda: len(hook.accepted) == 2)
        page, quick = at_the_page(s, hold_back_s=600.0), at_the_page(s, hold_back_s=0.0)
        await page.decide(SITE, ADA, ids[0], 2, REJECT)
        await page.undo(SITE, ADA, ids[0], 3)
        await quick.decide(SITE, ADA, ids[1], 2, REJECT)
        await until(lambda: len(hook.accepted) == 3)
        await quick.undo(SITE, ADA, ids[1], 3)
        await until(lambda: len(hook.accepted) == 4)
        assert [(call.comment, call.version) for call in hook.heard[2:]] == [
            (ids[1], 3), (ids[1], 4)
        ]  # fmt: skip
        assert hook.accepted[-1].event["data"]["decision"] == "hold"
        await until(lambda: is_all_settled(s))
        assert s.count("reversals_total") == 1  # the one that was heard of


async def test_four_eyes_change_what_a_person_decided(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        careful = kit.POLICY.model_copy(update={"four_eyes": True})
        ids = await hold(s, 2)
        await policies.apply(s.store, careful, by=SERVICE)
        s.book._known.clear()
        page, quick = at_the_page(s), at_the_page(s, hold_back_s=0.0)
        await page.decide(SITE, ADA, ids[0], 2, REJECT)
        await page.undo(SITE, ADA, ids[0], 3)  # in time: nothing was announced that is reversed
        await quick.decide(SITE, ADA, ids[1], 2, REJECT)
        with pytest.raises(FourEyesError):
            await quick.undo(SITE, ADA, ids[1], 3)
        for decision in (APPROVE, HOLD):
            with pytest.raises(FourEyesError):
                await page.decide(SITE, ADA, ids[1], 3, decision)
            with pytest.raises(FourEyesError):
                await s.review.decide(kit.person(ids[1], 3, decision, who=BOB.id))
        assert len(await s.trail(ids[1])) == 3
        assert s.count("review_conflicts_total", reason="four_eyes") == 5
        assert (await page.decide(SITE, BOB, ids[1], 3, APPROVE))["decision"] == "approve"
        with pytest.raises(StaleError):  # who comes too late is told that first
            await page.decide(SITE, ADA, ids[1], 3, APPROVE)
