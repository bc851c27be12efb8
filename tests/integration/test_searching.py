"""Looking for words in what is held: what is found, what never is, and how far one request goes."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import replace

import pytest

from moderation.domain.comment import comment_id
from moderation.domain.decision import Decision
from moderation.domain.errors import InvalidError, OverloadedError
from moderation.services.reviewing import Reviewing
from moderation.services.searching import Bounds, Found, Searching
from moderation.store import keys
from tests import service_kit as kit
from tests.integration.reviewing_kit import ADA, at_the_page, hold
from tests.service_kit import OTHER_SITE, SITE, Service, service

PATIENT = Bounds(work_s=60.0)


def ids_of(found: Found) -> list[str]:
    return [card["id"] for card, _ in found.cards]


async def everywhere(page: Reviewing, words: str, bounds: Bounds) -> tuple[list[str], int]:
    """Return all that is found, request by request, and how many there were."""
    found, cursor, requests = list[str](), None, 0
    while requests == 0 or cursor:
        some = await page.search(SITE, words, escalated=True, cursor=cursor, bounds=bounds)
        found += ids_of(some)
        cursor, requests = some.next, requests + 1
        assert some.looked <= some.held
    assert some.looked == some.held
    return found, requests


async def test_what_is_held_is_found_the_newest_first_and_nothing_else(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 6)
        elsewhere = await s.submit("you are an idiot elsewhere", "1", site=OTHER_SITE)
        await s.decided([elsewhere["id"]], OTHER_SITE)
        page = at_the_page(s)
        await page.decide(SITE, ADA, ids[0], 2, Decision.APPROVE)
        await s.keeping.erase(SITE, ids[1], "key1")
        await page.escalate(SITE, ADA, ids[2], 2)
        found = await page.search(SITE, "YOU are", escalated=False, bounds=PATIENT)
        assert sorted(ids_of(found)) == sorted(ids[3:])
        assert (found.looked, found.held, found.next) == (3, 3, None)
        received = [card["received_at"] for card, _ in found.cards]
        assert received == sorted(received, reverse=True)
        card, places = found.cards[0]
        assert [card["text"][start:end] for start, end in places] == ["you are"]
        with_escalated = await page.search(SITE, "you are", escalated=True, bounds=PATIENT)
        assert sorted(ids_of(with_escalated)) == sorted(ids[2:])
        nothing = await page.search(SITE, "a rainy day", escalated=True, bounds=PATIENT)
        assert (nothing.cards, nothing.looked, nothing.next) == ([], 4, None)


async def test_a_request_goes_so_far_and_the_next_one_on_from_there(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await hold(s, 7)
        page = at_the_page(s)
        for bounds in (Bounds(3, 50, 60.0), Bounds(5000, 2, 60.0), Bounds(5000, 50, 0.0)):
            found, requests = await everywhere(page, "idiot", bounds)
            assert sorted(found) == sorted(ids)
            assert requests >= 3
        first = await page.search(SITE, "idiot", escalated=True, bounds=Bounds(3, 50, 60.0))
        assert (len(first.cards), first.held) == (3, 7)
        for cursor in ("nonsense", "W10x"):
            with pytest.raises(InvalidError):
                await page.search(SITE, "idiot", escalated=True, cursor=cursor)


async def test_only_so_many_wait_for_their_turn(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        page = at_the_page(s)
        asked = [page.search(SITE, "idiot", escalated=True) for _ in range(30)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        refused = [one for one in answers if isinstance(one, OverloadedError)]
        assert 0 < len(refused) < 30
        assert len(refused) + sum(isinstance(one, Found) for one in answers) == 30


HELD = 100_000


async def test_with_very_many_held_each_request_looks_at_a_bounded_part(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        oldest = await _fill(s)
        page = at_the_page(s)
        found = await page.search(SITE, "needle", escalated=True, bounds=PATIENT)
        assert (found.cards, found.looked, found.held) == ([], PATIENT.texts, HELD)
        assert found.next is not None
        whole = replace(PATIENT, texts=HELD)
        last = await page.search(SITE, "needle", escalated=True, cursor=found.next, bounds=whole)
        assert (ids_of(last), last.looked, last.next) == ([oldest], HELD, None)


async def test_a_request_has_so_much_work_and_others_their_turn_of_the_loop(
    embedded_url: str,
) -> None:
    async with service(embedded_url) as s:
        await s.work()
        await hold(s, 40)
        turns, looks = 0, Counter[int]()

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        def clock() -> float:
            """Each text takes 1/256 s, whatever it takes."""
            looks[turns] += 1
            return looks.total() / 256

        beside = asyncio.create_task(others())
        searching, bounds = Searching(s.store, clock), Bounds(work_s=30 / 256)
        found = await searching.search(SITE, "needle", escalated=True, bounds=bounds)
        beside.cancel()
        assert found.next is not None
        assert 30 <= looks.total() < 45  # a look a text, and one at each beginning of a step
        assert max(looks.values()) <= 5  # three texts are a hundredth of a second and more


async def _fill(s: Service) -> str:
    """Hold very many texts, as the scripts would; return the oldest, the one that is different."""
    now_ms, store = round(time.time() * 1000), s.store
    oldest = ""
    for start in range(0, HELD, 5000):
        pipeline = store.redis.pipeline(transaction=False)
        for number in range(start, start + 5000):
            comment = comment_id(store.secret, SITE, "external", str(number))
            said = kit.said("a needle" if number == HELD - 1 else f"a fine day {number}", "1")
            shard, received = store.shard(comment), now_ms - number * 10
            state = {"s": SITE, "st": "d", "d": "hold", "by": "model", "rev": 1, "ver": 1,
                     "rcv": received}  # fmt: skip
            event = {"version": 1, "at": received, "type": "decided", "decision": "hold"}
            pipeline.set(keys.payload(shard, comment), said.to_json())
            if number == HELD - 1:
                pipeline.hset(keys.state(shard, comment), mapping={**state, "dv": 1})
                pipeline.rpush(keys.events(shard, comment), json.dumps(event))
            pipeline.zadd(keys.held(shard, SITE, "age"), {comment: received})
            oldest = comment
        await pipeline.execute()
    return oldest
