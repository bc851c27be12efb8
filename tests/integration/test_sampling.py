"""Approvals that are drawn to be read: among held cards, blind, and only read unless rejected."""

from __future__ import annotations

import pytest

from moderation.domain.decision import Decision
from moderation.domain.errors import StaleError
from moderation.services.held import HeldFilter
from moderation.services.reviewing import Reviewing
from moderation.store import tallies
from moderation.web.review.queue.cards import card
from tests import service_kit as kit
from tests.integration.reviewing_kit import ADA, BOB, at_the_page
from tests.service_kit import SITE, Service, service

APPROVE, REJECT = Decision.APPROVE, Decision.REJECT


async def drawn(s: Service, held: int = 0) -> tuple[Reviewing, list[str]]:
    """Let everything be drawn; return the page, and the comments that were approved."""
    await tallies.configure(s.store, keep_ms=10**9, sample_share=1.0)
    await s.work()
    approved = await s.submit_all(kit.texts(2))
    await s.decided(approved)
    if held:
        texts = kit.texts(held, held=True)
        ids = [(await s.submit(text, f"h{at}"))["id"] for at, text in enumerate(texts)]
        await s.decided(ids)
    return at_the_page(s), approved


async def test_one_comes_among_what_is_held_and_looks_no_different(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        page, approved = await drawn(s, held=3)
        items = (await page.cards(SITE, ADA)).items
        (mixed,) = [item for item in items if item["drawn"]]
        assert mixed["id"] in approved
        assert len(items) == 4
        assert (mixed["decision"], mixed["scores"], mixed["reasons"]) == ("hold", None, [])
        assert mixed["text"].startswith("a fine day")
        assert card(mixed).state == "held"
        assert card(mixed).why == [
            "Drawn by lot to see what the model misses; its scores are hidden."
        ]
        (other,) = [i for i in (await page.cards(SITE, BOB)).items if i["id"] in approved]
        assert other["id"] != mixed["id"]  # claimed as all the others are
        for unmixed in (
            await page.cards(SITE, ADA, claim=False),
            await page.cards(SITE, ADA, wanted=HeldFilter(label="toxicity")),
        ):
            assert not [item for item in unmixed.items if item["id"] in approved]


async def test_to_approve_it_is_to_have_read_it(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        page, (comment, _) = await drawn(s)
        assert len((await page.cards(SITE, ADA)).items) == 2
        before = await s.answer(comment)
        for _ in range(2):  # a lost answer is asked for again
            after = await page.decide(SITE, ADA, comment, 2, APPROVE)
            assert after == {**before, "version": 3}
        assert await s.trail(comment) == ["received", "approve by model", "confirmed"]
        assert s.count("decisions_total", outcome="approve", source="person") == 0
        assert s.count("reviews_total", action="confirm") == 1
        with pytest.raises(StaleError) as late:
            await page.decide(SITE, BOB, comment, 2, APPROVE)
        assert late.value.event["actor"]["name"] == ADA.name
        await page.undo(SITE, ADA, comment, 3)
        with pytest.raises(StaleError):
            await page.undo(SITE, BOB, comment, 3)
        assert comment in [item["id"] for item in (await page.cards(SITE, BOB)).items]


async def test_to_reject_it_is_a_decision_as_any(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        page, (comment, _) = await drawn(s)
        await page.cards(SITE, ADA)
        answer = await page.decide(SITE, ADA, comment, 2, REJECT, reason="other")
        assert (answer["decision"], answer["decided_by"], answer["version"]) == (
            "reject", "person", 3,
        )  # fmt: skip
        assert answer["scores"] is not None
        assert s.count("decisions_total", outcome="reject", source="person") == 1


async def test_who_is_relayed_by_a_key_decides_as_ever(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        _, (comment, other) = await drawn(s)
        answer = await s.review.decide(kit.person(comment, 2, APPROVE))
        assert (answer["decided_by"], answer["version"]) == ("person", 3)
        assert await s.trail(comment) == ["received", "approve by model", "approve by person"]
        left = (await at_the_page(s).cards(SITE, ADA)).items
        assert [item["id"] for item in left] == [other]
