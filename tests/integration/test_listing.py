"""Lists: complete, in order, page by page, and one site's only."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from moderation.domain.decision import Decision
from moderation.domain.errors import InvalidError, NotFoundError
from moderation.services.listing import HeldFilter
from tests import service_kit as kit
from tests.service_kit import OTHER_SITE, SITE, Service, service


async def feed(s: Service, limit: int, site: str = SITE) -> list[dict[str, Any]]:
    """Return every decision of a site, read page by page."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = await s.listing.decisions(site, cursor, limit)
        assert page.next is not None
        if not page.items:
            return items
        items += page.items
        cursor = page.next


async def test_the_feed_has_every_decision_as_it_was_then(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        ids = await s.submit_all(kit.texts(7))
        machine = await s.decided(ids)
        person = await s.review.decide(kit.person(ids[0], 2, Decision.REJECT))
        items = await feed(s, 3)
        assert sorted(items[:7], key=lambda one: one["id"]) == sorted(
            machine, key=lambda one: one["id"]
        )
        assert items[7:] == [person]
        assert await feed(s, 1) == items
        assert await feed(s, 3, OTHER_SITE) == []


async def test_a_feed_cursor_goes_on_where_it_stood(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        empty = await s.listing.decisions(SITE, None, 10)
        await s.decided(await s.submit_all(kit.texts(1)))
        page = await s.listing.decisions(SITE, empty.next, 10)
        assert len(page.items) == 1
        assert (await s.listing.decisions(SITE, page.next, 10)).items == []


async def test_an_edit_leaves_the_old_decision_without_the_new_text_s_hash(
    embedded_url: str,
) -> None:
    async with service(embedded_url) as s:
        await s.work()
        [comment] = await s.submit_all(kit.texts(1))
        await s.decided([comment])
        await s.edit(comment, kit.texts(1, held=True)[0], "0")
        await s.decided([comment])
        old, new = await feed(s, 10)
        assert [(one["revision"], one["decision"]) for one in (old, new)] == [
            (1, "approve"), (2, "hold")
        ]  # fmt: skip
        assert old["text_sha256"] is None
        assert new["text_sha256"]


async def test_what_has_no_decision_is_listed_until_it_has_one(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        ids = await s.submit_all(kit.texts(5))
        await s.submit(kit.texts(1)[0], "1", site=OTHER_SITE)
        found: list[str] = []
        cursor = None
        while True:
            page = await s.listing.pending(SITE, cursor, 2)
            found += [item["id"] for item in page.items]
            assert {item["status"] for item in page.items} <= {"pending"}
            if (cursor := page.next) is None:
                break
        assert sorted(found) == sorted(ids)
        await s.work()
        await s.decided(ids)
        assert (await s.listing.pending(SITE, None, 10)).items == []


async def test_held_comments_come_with_their_texts_by_filter(embedded_url: str) -> None:
    texts = kit.texts(2, held=True)
    async with service(embedded_url) as s:
        await s.work()
        first = await s.submit(texts[0], "1", author="a1", article="n1", language="en")
        second = await s.submit(texts[1], "2", author="a2", article="n2")
        unscored = await s.submit("please raise", "3", author="a1", article="n2")
        ids = [answer["id"] for answer in (first, second, unscored)]
        await s.decided(ids)
        assert set(await s.held()) == set(ids)
        for wanted, expected in (
            ({"author": "a1"}, {ids[0], ids[2]}),
            ({"article": "n2"}, {ids[1], ids[2]}),
            ({"reason": "unscored"}, {ids[2]}),
            ({"author": "a1", "reason": "unscored"}, {ids[2]}),
            ({"reason": "score_over"}, set()),
            ({"author": "nobody"}, set()),
            ({"article": "none"}, set()),
        ):
            assert set(await s.held(**wanted)) == expected
        page = await s.listing.held(SITE, "score", HeldFilter(author="a1"), None, 1)
        assert page.next is not None
        [item] = page.items
        assert item["author"]["id"] not in {None, "a1"}
        every = (await s.listing.held(SITE, "priority", HeldFilter(), None, 10)).items
        assert {item["text"] for item in every} == {*texts, "please raise"}
        assert (await s.listing.held(OTHER_SITE, "age", HeldFilter(), None, 10)).items == []


async def test_another_site_s_comment_is_not_there(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        [comment] = await s.submit_all(kit.texts(1))
        with pytest.raises(NotFoundError):
            await s.intake.look(OTHER_SITE, comment, 0.0)
        with pytest.raises(NotFoundError):
            await s.listing.history(OTHER_SITE, comment)
        with pytest.raises(NotFoundError):
            await s.edit(comment, "something else", "0", site=OTHER_SITE)


def cursor(position: object) -> str:
    return urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "given",
    [
        "", "!", "é", "a" * 5, cursor([]) + "x", cursor("x"), cursor(3), cursor(None),
        cursor([1]), cursor([1, 2]), cursor(["1", "a"]), cursor([float("nan"), "a"]),
        cursor([float("inf"), "a"]), cursor([10**400, "a"]), cursor([1, "a", 2]),
        cursor({"x": "1-1"}), cursor({"0": "1"}), cursor({"0": "$"}), cursor({"0": 1}),
        cursor({"0": "1-" + "9" * 30}), cursor({"9" * 5000: "1-1"}), cursor({"²": "1-1"}),
    ],
)  # fmt: skip
async def test_a_cursor_from_elsewhere_is_refused(embedded_url: str, given: str) -> None:
    async with service(embedded_url) as s:
        refused = 0
        for ask in (
            s.listing.decisions(SITE, given, 10),
            s.listing.held(SITE, "age", HeldFilter(), given, 10),
            s.listing.pending(SITE, given, 10),
        ):
            try:
                assert (await ask).items == []
            except InvalidError:
                refused += 1
        assert refused >= 2
