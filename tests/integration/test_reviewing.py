"""Moderators at the queue: cards that nobody else has, decisions once each, and who was first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pytest

from moderation.domain.decision import Decision
from moderation.domain.errors import (
    ConflictError,
    FourEyesError,
    InvalidError,
    NotFoundError,
    StaleError,
)
from moderation.services import held
from moderation.services.held import HeldFilter
from moderation.services.reviewing import Reviewing
from moderation.store import outbox, policies
from tests import service_kit as kit
from tests.receiver import receiving
from tests.service_kit import OTHER_SITE, SITE, Service, service, until

APPROVE, REJECT, HOLD = Decision.APPROVE, Decision.REJECT, Decision.HOLD


@dataclass(frozen=True)
class Who:
    """Somebody who is signed in."""

    id: str
    name: str


ADA, BOB = Who("p_ada", "Ada"), Who("p_bob", "Bob")


def at_the_page(s: Service, **options: float) -> Reviewing:
    review = s.settings.review.model_copy(update=options)
    changed = s.settings.model_copy(update={"review": review})
    return Reviewing(s.store, changed, s.book, s.metrics)


async def hold(s: Service, count: int, **fields: Any) -> list[str]:
    """Return so many held comments, in the order of their age."""
    ids = await s.submit_all(kit.texts(count, held=True), **fields)
    await s.decided(ids)
    return await s.held()


def ids_of(page: Any) -> list[str]:
    return [item["id"] for item in page.items]


async def is_all_settled(s: Service) -> bool:
    return await outbox.counts(s.store) == (0, 0)


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
            "posted": 0, "approved": 0, "rejected": 0, "share_rejected": None, "last": []
        }  # fmt: skip
        with pytest.raises(NotFoundError):
            await page.author(OTHER_SITE, ADA, ids[0])


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
        assert [one["id"] for one in await page.thread(SITE, ids[0])] == [other["id"]]


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
        found = [ids[card["id"]] for card in await page.thread(SITE, second)]
        assert found == ["1", "3", "4", "5"]
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
        await page.decide(SITE, BOB, ids[0], 3, APPROVE)
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
        await policies.apply(s.store, careful)
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
