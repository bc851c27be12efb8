"""A band of scores: counted, looked at, and decided as it was seen."""

from __future__ import annotations

import pytest

from moderation.domain.decision import Decision
from moderation.services.bands import PARTS, Bands
from moderation.services.bulk import Bulk
from tests import service_kit as kit
from tests.fakes.faulty_scorer import expected
from tests.integration.reviewing_kit import ADA, BOB, at_the_page, hold
from tests.service_kit import OTHER_SITE, SITE, Service, service

BATCH = "b_" + "1" * 32


def bands(s: Service, most: int = 200) -> Bands:
    return Bands(s.store, at_the_page(s), most)


async def severities(s: Service) -> dict[str, float]:
    """Return each held comment's severity, which the index by score holds below zero."""
    rows = await s.store.redis.zrange(f"{{s0}}:h:scr:{SITE}", 0, -1, withscores=True)
    return {comment: -score for comment, score in rows}


async def test_the_histogram_counts_what_is_held(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        texts = kit.texts(40, held=True)
        await s.decided(await s.submit_all(texts))
        counts = await bands(s).counts(SITE)
        wanted = [0] * PARTS
        for text in texts:
            wanted[min(PARTS - 1, int(max(expected(text).values()) * PARTS))] += 1
        assert counts == wanted
        assert await bands(s).counts(OTHER_SITE) == [0] * PARTS
        assert sum(counts) == 40
        ids = await s.held()
        await at_the_page(s).escalate(SITE, ADA, ids[0], 2)
        await at_the_page(s).decide(SITE, ADA, ids[1], 2, Decision.APPROVE)
        assert sum(await bands(s).counts(SITE)) == 38


async def test_a_band_is_what_lies_in_it_the_worst_first(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        await hold(s, 40)
        by_id = await severities(s)
        low, high = sorted(by_id.values())[10], sorted(by_id.values())[30]
        inside = {comment for comment, score in by_id.items() if low <= score < high}
        found = await bands(s).preview(SITE, ADA, low, high)
        assert {comment for comment, _ in found.items} == inside
        assert (found.total, found.claimed, found.unscored) == (len(inside), 0, 0)
        order = [by_id[comment] for comment, _ in found.items]
        assert order == sorted(order, reverse=True)
        shown = {(card["id"], card["version"]) for card in found.cards}
        assert len(shown) == 10
        assert shown < set(found.items)
        drawn = [{card["id"] for card in (await bands(s).preview(SITE, ADA, low, high)).cards}
                 for _ in range(5)]  # fmt: skip
        assert any(one != drawn[0] for one in drawn)
        every = await bands(s).preview(SITE, ADA, 0.0, 1.0)
        assert every.total == 40
        capped = await bands(s, most=7).preview(SITE, ADA, 0.0, 1.0)
        assert (capped.total, capped.items) == (40, every.items[:7])


async def test_what_others_have_in_hand_and_what_has_no_score_is_left_out(
    embedded_url: str,
) -> None:
    async with service(embedded_url) as s:
        await s.work()
        await hold(s, 4)
        failed = (await s.submit("please raise an error", "failed"))["id"]
        await s.decided([failed])
        page = at_the_page(s)
        [theirs] = (await page.cards(SITE, BOB, count=1, order="age")).items
        found = await bands(s).preview(SITE, ADA, 0.0, 1.0)
        assert (found.total, found.claimed, found.unscored) == (5, 1, 1)
        ids = {comment for comment, _ in found.items}
        assert len(ids) == 3
        assert not ids & {theirs["id"], failed}
        mine = await bands(s).preview(SITE, BOB, 0.0, 1.0)
        assert (mine.claimed, len(mine.items)) == (0, 4)


async def test_what_came_in_after_the_preview_is_not_touched(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        await hold(s, 5)
        found = await bands(s).preview(SITE, ADA, 0.0, 1.0)
        texts = kit.texts(8, held=True)[5:]
        later = [(await s.submit(text, text))["id"] for text in texts]
        await s.decided(later)
        bulk = Bulk(at_the_page(s))
        done = await bulk.decide(SITE, ADA, found.items, BATCH, Decision.REJECT, "spam")
        assert len(done.done) == 5
        assert set(await s.held()) == set(later)


@pytest.mark.parametrize("count", [0, 3])
async def test_a_small_band_shows_what_there_is(embedded_url: str, count: int) -> None:
    async with service(embedded_url) as s:
        await s.work()
        if count:
            await hold(s, count)
        found = await bands(s).preview(SITE, ADA, 0.0, 1.0)
        assert (found.total, len(found.items), len(found.cards)) == (count, count, count)
