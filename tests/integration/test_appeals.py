"""Appeals from end to end: a site brings one, another moderator decides, the site is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import generate_latest

from moderation.domain.decision import Decision
from moderation.domain.errors import (
    FourEyesError,
    NotAppealableError,
    NotFoundError,
    StaleError,
)
from moderation.services.appeals import Appeals
from moderation.store import policies
from moderation.store.appeals import NewAppeal
from moderation.store.log import SERVICE
from tests import service_kit as kit
from tests.contract.store_kit import everything
from tests.integration.reviewing_kit import ADA, BOB, Who, at_the_page, hold
from tests.receiver import receiving
from tests.service_kit import OTHER_SITE, SITE, Service, service, until

REJECT = Decision.REJECT
WORDS = "i meant the weather, kanarienvogel"


def brought(comment: str, statement: str = WORDS, **more: Any) -> NewAppeal:
    whole = {"site": SITE, "idempotency_key": None, "via": "key1", **more}
    return NewAppeal(comment=comment, statement=statement, **whole)


async def rejected(s: Service, **fields: Any) -> str:
    """Return a comment that Ada rejected (version 3)."""
    comment = (await hold(s, 1, **fields))[0]
    await at_the_page(s).decide(SITE, ADA, comment, 2, REJECT, "insult", "a note of hers")
    return comment


async def appealed(s: Service, **fields: Any) -> str:
    comment = await rejected(s, **fields)
    answer = await Appeals(s.review).submit(brought(comment))
    assert answer["appeal"]["status"] == "open"
    return comment


async def test_an_appeal_is_read_and_decided_by_another_moderator(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        comment = await appealed(s)
        page, count = await Appeals(s.review).waiting(SITE)
        (card,) = page.items
        assert (card["id"], card["version"], count, page.next) == (comment, 4, 1, None)
        said = card["appeal"]
        assert (said["statement"], said["rejected_by"], said["reason"], said["note"]) == (
            WORDS, ADA.name, "insult", "a note of hers",
        )  # fmt: skip
        with pytest.raises(FourEyesError):
            await Appeals(s.review).decide(SITE, ADA, comment, 4, granted=True)
        granted = await Appeals(s.review).decide(SITE, BOB, comment, 4, granted=True, note="fair")
        assert (granted["decision"], granted["version"]) == ("approve", 5)
        assert granted["appeal"] == {"status": "granted", "version": 4, "at": said["at"]}
        again = await Appeals(s.review).decide(SITE, BOB, comment, 4, granted=True, note="fair")
        assert again == granted
        assert (await Appeals(s.review).waiting(SITE))[1] == 0
        for result, number in (("received", 1), ("granted", 1), ("upheld", 0)):
            assert s.count("appeals_total", result=result) == number
        assert s.count("reversals_total") == 1


async def test_what_is_upheld_stays_rejected_for_the_same_reason(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        comment = await appealed(s)
        upheld = await Appeals(s.review).decide(SITE, BOB, comment, 4, granted=False)
        assert (upheld["decision"], upheld["appeal"]["status"]) == ("reject", "upheld")
        assert upheld["reasons"][0]["label"] == "insult"
        last = (await s.listing.history(SITE, comment))[-1]
        assert (last["actor"]["name"], last["appeal"]["version"]) == (BOB.name, 4)
        assert s.count("reversals_total") == 0
        with pytest.raises(NotAppealableError, match="upheld"):
            await Appeals(s.review).submit(brought(comment, "once more"))
        assert (await Appeals(s.review).submit(brought(comment)))["version"] == 5  # the same again


async def test_the_same_appeal_again_is_one_and_another_is_refused(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        comment = await rejected(s)
        answers = await asyncio.gather(
            *(Appeals(s.review).submit(brought(comment)) for _ in range(5))
        )
        assert {answer["version"] for answer in answers} == {4}
        assert s.count("appeals_total", result="received") == 1
        with pytest.raises(NotAppealableError, match="open already"):
            await Appeals(s.review).submit(brought(comment, "other words"))
        for site, name in ((OTHER_SITE, comment), (SITE, "c_" + "a" * 32)):
            with pytest.raises(NotFoundError):
                await Appeals(s.review).submit(brought(name, site=site))


async def test_only_a_person_s_rejection_can_be_appealed(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        (comment,) = await hold(s, 1)
        with pytest.raises(NotAppealableError, match="only a comment that a person rejected"):
            await Appeals(s.review).submit(brought(comment))
        await at_the_page(s).decide(SITE, ADA, comment, 2, REJECT, "spam")
        await at_the_page(s).undo(SITE, ADA, comment, 3)
        with pytest.raises(NotAppealableError):
            await Appeals(s.review).submit(brought(comment))


async def test_nobody_decides_past_an_appeal(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        comment = await appealed(s)
        page = at_the_page(s)
        for who in (ADA, BOB):
            with pytest.raises(FourEyesError):
                await page.decide(SITE, who, comment, 4, Decision.APPROVE)
        with pytest.raises(FourEyesError):
            await page.undo(SITE, ADA, comment, 3)
        relayed = kit.person(comment, 4, Decision.APPROVE, who="eve")
        with pytest.raises(FourEyesError):
            await s.review.decide(relayed)
        assert (await s.answer(comment))["appeal"]["status"] == "open"
        assert s.count("review_conflicts_total", reason="appealed") == 4


async def test_of_two_who_decide_at_once_one_is_late(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        comment = await appealed(s)
        eve = Who("p_eve", "Eve")
        both = await asyncio.gather(
            Appeals(s.review).decide(SITE, BOB, comment, 4, granted=True),
            Appeals(s.review).decide(SITE, eve, comment, 4, granted=False),
            return_exceptions=True,
        )
        late = [one for one in both if isinstance(one, StaleError)]
        assert len(late) == 1
        assert late[0].event["appeal"]["version"] == 4
        assert len(await s.trail(comment)) == 5
        for version in (3, 5):  # there was none then, and is none now
            with pytest.raises(StaleError):
                await Appeals(s.review).decide(SITE, BOB, comment, version, granted=True)


async def test_a_decision_taken_back_in_time_opens_it_again(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        comment = await appealed(s, callback_url="https://cms.example/hook")
        await Appeals(s.review).decide(SITE, BOB, comment, 4, granted=True)
        back = await at_the_page(s).undo(SITE, BOB, comment, 5)
        assert (back["decision"], back["appeal"]["status"]) == ("reject", "open")
        assert [card["id"] for card in (await Appeals(s.review).waiting(SITE))[0].items] == [
            comment
        ]
        with pytest.raises(FourEyesError):  # the rejection that stands again is hers
            await Appeals(s.review).decide(SITE, ADA, comment, 6, granted=True)
        told = await Appeals(s.review).decide(SITE, BOB, comment, 6, granted=False)
        assert told["appeal"]["status"] == "upheld"
        told = await s.store.redis.lrange(f"{{s0}}:o:{comment}", 0, -1)
        assert told == ["2", "3", "7"]  # nothing of what was taken back


async def test_the_site_is_told_and_then_it_stays(embedded_url: str) -> None:
    async with receiving() as receiver:
        changes = {
            "callbacks.allow_private_hosts": (f"127.0.0.1:{receiver.port}",),
            "review.hold_back_s": 0.0,
        }
        async with service(embedded_url, changes) as s:
            await s.work()
            s.run(s.notifier())
            comment = await appealed(s, callback_url=receiver.url)
            await Appeals(s.review).decide(SITE, BOB, comment, 4, granted=True)
            await until(lambda: any(call.version == 5 for call in receiver.heard))
            (last,) = [call for call in receiver.heard if call.version == 5]
            assert last.event["data"]["decision"] == "approve"
            told = last.event["data"]["appeal"]
            assert (told["status"], told["version"]) == ("granted", 4)
            assert WORDS not in last.body
            with pytest.raises(FourEyesError, match="is told so"):
                await at_the_page(s).undo(SITE, BOB, comment, 5)


async def test_an_edit_and_an_erasure_end_it(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        comment = await appealed(s)
        await s.edit(comment, "a fine evening", "0")
        assert (await s.answer(comment))["appeal"] is None
        with pytest.raises(StaleError):
            await Appeals(s.review).decide(SITE, BOB, comment, 4, granted=True)
        assert (await Appeals(s.review).waiting(SITE))[1] == 0


async def test_an_erased_comment_s_appeal_is_nowhere(
    embedded_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    async with service(embedded_url) as s:
        await s.work()
        comment = await appealed(s)
        await Appeals(s.review).decide(SITE, BOB, comment, 4, granted=False)
        left = await s.keeping.erase(SITE, comment, "key1")
        assert left["appeal"] is None
        held = await everything(s.store)
        assert [key for key, value in held.items() if "kanarienvogel" in key + value] == []
        assert (await Appeals(s.review).waiting(SITE))[0].items == []
        with pytest.raises(NotFoundError):
            await Appeals(s.review).submit(brought(comment))
        with pytest.raises(NotFoundError):
            await Appeals(s.review).decide(SITE, BOB, comment, 4, granted=True)
        assert "kanarienvogel" not in generate_latest(s.metrics.registry).decode()
        logged = "".join(capfd.readouterr())
        assert "appealed" in logged
        assert "kanarienvogel" not in logged


async def test_who_took_a_decision_back_may_decide_again_under_four_eyes(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        strict = kit.POLICY.model_copy(update={"four_eyes": True})
        await policies.apply(s.store, strict, by=SERVICE)
        await s.work()
        comment = await appealed(s)
        await Appeals(s.review).decide(SITE, BOB, comment, 4, granted=False)
        await at_the_page(s).undo(SITE, BOB, comment, 5)
        granted = await Appeals(s.review).decide(SITE, BOB, comment, 6, granted=True)
        assert (granted["decision"], granted["appeal"]["status"]) == ("approve", "granted")


async def test_how_many_wait_and_since_when_is_measured(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        s.run(s.health)
        comment = await appealed(s)
        await until(lambda: s.count("appeals_open") == 1)
        assert s.count("appeals_oldest_seconds") >= 0
        await Appeals(s.review).decide(SITE, BOB, comment, 4, granted=True)
        await until(lambda: s.count("appeals_open") == 0)
        assert s.count("appeals_oldest_seconds") == 0


async def test_a_page_of_appeals_leads_to_the_next(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 3)
        for comment in ids:
            await at_the_page(s).decide(SITE, ADA, comment, 2, REJECT, "insult")
            await Appeals(s.review).submit(brought(comment))
        first, count = await Appeals(s.review).waiting(SITE, count=2)
        rest, _ = await Appeals(s.review).waiting(SITE, first.next, count=2)
        assert [card["id"] for card in [*first.items, *rest.items]] == ids
        assert (count, rest.next) == (3, None)


async def test_what_was_never_a_rejection_is_no_appeal_s(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        (comment,) = await hold(s, 1)
        with pytest.raises(StaleError):
            await Appeals(s.review).decide(SITE, BOB, comment, 2, granted=True)
        new = replace(brought(comment), comment="c_" + "b" * 32)
        with pytest.raises(NotFoundError):
            await Appeals(s.review).submit(new)
