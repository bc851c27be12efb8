"""Looking around a card: its author, its thread, what is found by a name or a filter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from moderation.domain.decision import Decision
from moderation.domain.errors import (
    NotFoundError,
)
from moderation.services import held
from moderation.services.held import HeldFilter
from tests import service_kit as kit
from tests.integration.reviewing_kit import ADA, BOB, at_the_page, hold, ids_of
from tests.service_kit import OTHER_SITE, SITE, service

APPROVE, REJECT, HOLD = Decision.APPROVE, Decision.REJECT, Decision.HOLD


async def test_an_author_is_known_by_what_became_of_the_rest(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 8, author="author-1")
        alone = (await s.submit(kit.texts(1, held=True)[0], "alone"))["id"]
        page = at_the_page(s)
        assert (await page.author(SITE, ADA, ids[0]))["share_rejected"] is None
        for comment, decision in zip(ids[1:5], (REJECT, APPROVE, APPROVE, APPROVE), strict=True):
            await page.decide(SITE, ADA, comment, 2, decision)
        record = await page.author(SITE, ADA, ids[7])
        counted = ("posted", "approved", "rejected", "share_rejected")
        assert [record[name] for name in counted] == [8, 3, 1, 0.25]
        assert [card["id"] for card in record["last"]] == ids[6:1:-1]
        assert record["last"][-1]["decision"] == "approve"
        await s.keeping.erase(SITE, ids[1], "key1")
        record = await page.author(SITE, ADA, ids[7])
        assert [record[name] for name in counted] == [7, 3, 0, 0.0]
        nobody = await page.author(SITE, ADA, alone)
        assert nobody == {
            "posted": 0, "approved": 0, "rejected": 0, "share_rejected": None, "last": [],
            "notes": [],
        }  # fmt: skip
        with pytest.raises(NotFoundError):
            await page.author(OTHER_SITE, ADA, ids[0])


async def test_what_was_noted_on_an_author_s_comments_is_told_with_them(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 3, author="author-1")
        page = at_the_page(s)
        await page.decide(SITE, ADA, ids[0], 2, REJECT, "spam", "the third this week")
        await page.escalate(SITE, BOB, ids[1], 2, "is this a threat?")
        notes = (await page.author(SITE, ADA, ids[2]))["notes"]
        assert [(one["by"], one["note"]) for one in notes] == [
            ("Bob", "is this a threat?"), ("Ada", "the third this week")
        ]  # fmt: skip
        assert (await page.author(SITE, ADA, ids[1]))["notes"] == notes


async def test_a_comment_is_found_by_each_of_its_names(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 2, author="author-1", article="n1")
        page = at_the_page(s)
        [card, other] = (await page.cards(SITE, ADA, order="age")).items
        names = [
            {"id": ids[0]}, {"external_id": card["external_id"]}, {"author": "author-1"},
            {"author": card["author_pseudonym"]}, {"article": "n1"},
        ]  # fmt: skip
        for name in names:
            found = await page.find(SITE, **name)
            assert ids[0] in [one["id"] for one in found]
            assert found[-1]["text"] == card["text"]
            assert await page.find(OTHER_SITE, **name) == []
        for nothing in ({"id": "c_0"}, {"external_id": "x"}, {"author": "x"}, {"article": "x"}):
            assert await page.find(SITE, **nothing) == []
        assert [one["id"] for one in await page.find(SITE, article="n1")] == ids[::-1]
        around = await page.thread(SITE, ids[0])
        assert [(kind, [one["id"] for one in cards]) for kind, cards in around if cards] == [
            ("article", [other["id"]])
        ]


async def test_a_thread_is_what_is_answered_and_what_answers(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        [text] = kit.texts(1, held=True)
        said = {"1": None, "2": "1", "3": "1", "4": "2", "5": None}
        ids = {}
        for name, parent in said.items():
            submission = kit.said(text + name, name, article="n1")
            context = replace(submission.context, parent_id=parent)
            submitted = await s.intake.submit(
                replace(submission, context=context), idempotency_key=None, wait_s=0, bulk=False
            )
            ids[submitted.answer["id"]] = name
        await s.decided(ids)
        page = at_the_page(s)
        second = next(comment for comment, name in ids.items() if name == "2")
        around = await page.thread(SITE, second)
        assert [(kind, [ids[card["id"]] for card in cards]) for kind, cards in around] == [
            ("parent", ["1"]),
            ("siblings", ["3"]),
            ("answers", ["4"]),
            ("article", ["5"]),
        ]
        with pytest.raises(NotFoundError):
            await page.thread(OTHER_SITE, second)


async def test_filters_say_what_a_moderator_wants_to_see(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        texts = kit.texts(3, held=True)
        answers = [
            await s.submit(texts[0], "1", language="en", author="author-1"),
            await s.submit(texts[1], "2", author="f" * 32),
            await s.submit("please raise", "3"),
        ]
        ids = [answer["id"] for answer in answers]
        decided = await s.decided(ids)
        page = at_the_page(s)

        async def found(**wanted: Any) -> list[str]:
            cards = await page.cards(SITE, ADA, order="age", wanted=HeldFilter(**wanted))
            return ids_of(cards)

        assert await found(language="en") == ids[:1]
        assert await found(author="f" * 32) == ids[1:2]  # a name that looks like a pseudonym
        assert await found(unscored=True) == ids[2:]
        highest = [max((one["scores"] or {"": 0.0}).values()) for one in decided[:2]]
        assert (
            await found(score_from=min(highest), score_to=1.1, reason="score_over_threshold")
            == (ids[:2])
        )
        assert await found(score_from=max(highest), unscored=False, author="author-1") == (
            ids[:1] if highest[0] == max(highest) else []
        )
        assert await found(score_to=0.1) == await found(older_s=3600.0) == []
        assert await found(younger_s=3600.0) == ids
        for order in held.ORDERS:
            assert sorted(ids_of(await page.cards(SITE, ADA, order=order))) == sorted(ids)
        closest = ids_of(await page.cards(SITE, ADA, order="threshold"))
        assert closest[-1] == ids[2]  # nothing was compared: last
