"""Live events: what colleagues do, by name and without a text; who is too slow is cut off."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from moderation.domain.decision import Decision
from moderation.domain.errors import OverloadedError
from moderation.services import live as module
from moderation.services.live import Listener, Live
from moderation.services.reviewing import Reviewing
from moderation.store.tail import Tail
from tests import service_kit as kit
from tests.integration.reviewing_kit import ADA, BOB
from tests.service_kit import OTHER_SITE, SITE, service

NOTE = "a note of kanarienvogel"


async def heard(listener: Listener, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(kit.PATIENCE_S):
        return [await anext(listener) for _ in range(count)]


async def test_what_is_done_is_told_to_the_site_s_listeners_in_order(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        live, page = Live(s.store), Reviewing(s.store, s.settings, s.book, s.metrics)
        s.run(live)
        async with live.follow(SITE) as listener, live.follow(OTHER_SITE) as other:
            [text] = kit.texts(1, held=True)
            answer = await s.submit(text, "1")
            comment = answer["id"]
            await s.decided([comment])
            await page.cards(SITE, ADA)
            await page.release(SITE, ADA, [comment])
            await page.escalate(SITE, ADA, comment, 2, NOTE)
            await page.undo(SITE, ADA, comment, 3)
            await page.decide(SITE, BOB, comment, 4, Decision.REJECT, "insult", NOTE)
            await page.undo(SITE, BOB, comment, 5)
            await s.edit(comment, kit.texts(1)[0], "1")
            await s.decided([comment])
            await s.keeping.erase(SITE, comment, "key1")
            events = await heard(listener, 10)
            told = [(one["type"], one["version"], one["by"], one["by_id"]) for one in events]
            # Erased meanwhile, it is told of without names; so only what is told either way.
            assert [(kind, version) for kind, version, *_ in told] == [
                ("held", 2), ("claimed", 2), ("released", 2), ("escalated", 3), ("held", 4),
                ("decided", 5), ("held", 6), ("edited", 7), ("decided", 8), ("erased", 9),
            ]  # fmt: skip
            assert told[1][2:] == told[2][2:] == (None, ADA.id)
            assert [one["decision"] for one in events if one["type"] == "decided"] == [
                "reject", "approve"
            ]  # fmt: skip
            assert all(one["id"] == comment and one["at"].endswith("Z") for one in events)
            said = json.dumps(events)
            assert text not in said
            assert NOTE not in said
            await s.submit(text, "1", site=OTHER_SITE)
            [theirs] = await heard(other, 1)
            assert (theirs["type"], theirs["by"]) == ("held", None)


async def test_a_name_comes_with_what_somebody_did(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        live, page = Live(s.store), Reviewing(s.store, s.settings, s.book, s.metrics)
        s.run(live)
        answer = await s.submit(kit.texts(1, held=True)[0], "1")
        await s.decided([answer["id"]])
        async with live.follow(SITE) as listener:
            await page.decide(SITE, ADA, answer["id"], 2, Decision.APPROVE)
            [event] = await heard(listener, 1)
            assert (event["by"], event["by_id"], event["decision"]) == ("Ada", ADA.id, "approve")


async def test_who_is_too_slow_is_cut_off_and_nobody_else(
    embedded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_WAITING", 3)
    async with service(embedded_url) as s:
        live = Live(s.store)
        s.run(live)
        async with live.follow(SITE) as slow, live.follow(SITE) as quick:
            for number in range(6):
                answer = await s.submit(kit.texts(1)[0], str(number))
                await s.review.decide(kit.person(answer["id"], 1, Decision.APPROVE))
                await heard(quick, 1)
            async with asyncio.timeout(kit.PATIENCE_S):
                assert len([event async for event in slow]) == 3


async def test_everybody_is_let_go_when_the_service_ends(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        live = Live(s.store)
        running = s.run(live)
        async with live.follow(SITE) as listener:
            running.cancel()
            async with asyncio.timeout(kit.PATIENCE_S):
                assert [event async for event in listener] == []
        async with live.follow(SITE) as late, asyncio.timeout(kit.PATIENCE_S):
            assert [event async for event in late] == []


async def test_who_comes_while_it_ends_is_let_go_too(
    embedded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service(embedded_url) as s:
        live, start = Live(s.store), Tail.start

        async def started_as_it_ends(tail: Tail) -> None:
            await start(tail)
            live.close()

        monkeypatch.setattr(Tail, "start", started_as_it_ends)
        async with live.follow(SITE) as late, asyncio.timeout(kit.PATIENCE_S):
            assert [event async for event in late] == []


async def test_more_listeners_than_may_are_told_to_come_again(
    embedded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_LISTENERS", 1)
    async with service(embedded_url) as s:
        live = Live(s.store)
        async with live.follow(SITE):
            with pytest.raises(OverloadedError):
                async with live.follow(OTHER_SITE):
                    pass
        async with live.follow(OTHER_SITE):
            pass
