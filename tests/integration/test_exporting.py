"""Decisions taken out: all of a time and no others, exact as JSON, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from moderation.domain.decision import Decision
from moderation.domain.errors import InvalidError, NotFoundError
from moderation.services import exporting
from moderation.services.appeals import Appeals
from moderation.services.export_formats import COLUMNS, STATEMENT, written_as
from moderation.services.exporting import Span, decisions, span
from moderation.services.statements import standing_statement
from moderation.store import keys, reading
from tests import service_kit as kit
from tests.integration.reviewing_kit import ADA, BOB, at_the_page, hold
from tests.integration.test_appeals import appealed
from tests.service_kit import OTHER_SITE, SITE, Service, service

ALL = Span(0, 10**14)
DAY = 86_400_000


async def exported(s: Service, within: Span = ALL, site: str = SITE, **options: Any) -> list[Any]:
    pages = decisions(s.store, s.settings, site, within, **options)
    return [row async for rows in pages for row in rows]


async def test_every_decision_of_a_site_in_order_and_by_whom(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        (comment, other) = await hold(s, 2, author="author-1")
        first, second = [one for one, _ in (await reading.read_feed(s.store, SITE, {}, 2))[0]]
        await at_the_page(s).decide(
            SITE, ADA, comment, 2, Decision.REJECT, "insult", "kanarienvogel"
        )
        await s.review.decide(kit.person(other, 2, Decision.APPROVE, who="ada"))
        rows = await exported(s)
        assert [(row["id"], row["version"], row["decision"]) for row in rows] == [
            (first, 2, "hold"), (second, 2, "hold"), (comment, 3, "reject"), (other, 3, "approve"),
        ]  # fmt: skip
        assert rows[0]["by"] is None
        assert rows[2]["by"] == {"id": ADA.id, "name": ADA.name, "via": "page"}
        assert rows[2]["reasons"][0] == {
            "code": "person", "label": "insult", "score": None, "threshold": None,
        }  # fmt: skip
        assert rows[0]["model"]["name"] == "faulty"
        assert rows[0]["policy"]["name"] == "default"
        said = json.dumps(rows)
        for never in ("idiot", "kanarienvogel", "author-1", "text", "detail", "note"):
            assert never not in said
        assert await exported(s, site=OTHER_SITE) == []


async def test_a_time_takes_what_is_in_it(
    embedded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_PAGE", 3)  # several pages
    async with service(embedded_url) as s:
        await s.work()
        await hold(s, 10)
        rows = await exported(s)
        assert len(rows) == 10
        moments = [
            event["at"]
            for row in rows
            for event in [(await reading.trail(s.store, row["id"]))[row["version"] - 1]]
        ]
        middle = sorted(moments)[5]
        early, late = await exported(s, Span(0, middle)), await exported(s, Span(middle, 10**14))
        assert [row["id"] for row in [*early, *late]] == [row["id"] for row in rows]
        assert len(early) == sum(moment < middle for moment in moments)
        assert await exported(s, Span(max(moments) + 1, 10**14)) == []
        assert await exported(s, Span(1, min(moments))) == []


async def test_a_clock_that_is_ahead_hides_nothing_of_what_follows(
    embedded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_PAGE", 3)
    async with service(embedded_url) as s:
        await s.work()
        await hold(s, 10)
        rows = (await reading.read_feed(s.store, SITE, {}, 10))[0]
        events = await reading.read_events(s.store, rows)
        end = max(event["at"] for event in events if event) + 1
        (ahead, version), event = rows[1], events[1]
        assert event
        key = keys.events(s.store.shard(ahead), ahead)
        late = json.dumps({**event, "at": end + DAY})
        await s.store.redis.lset(key, version - 1, late)
        found = await exported(s, Span(0, end))
        assert [row["id"] for row in found] == [one for one, _ in rows if one != ahead]
        assert [row["id"] for row in await exported(s)] == [one for one, _ in rows]


async def test_each_rejection_has_one_statement(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        comment = await appealed(s)
        await Appeals(s.review).decide(SITE, BOB, comment, 4, granted=False)
        rows = await exported(s, statements=True)
        assert [(row["version"], row["statement"] is not None) for row in rows] == [
            (2, False), (3, True), (5, False),
        ]  # fmt: skip
        made = rows[1]["statement"]
        assert (made["puid"], made["automated_detection"]) == (f"{comment}-3", "Yes")
        assert made == await standing_statement(s.store, s.settings, SITE, comment)
        assert rows[2]["appeal"]["status"] == "upheld"
        for site, name in ((OTHER_SITE, comment), (SITE, "c_" + "a" * 32)):
            with pytest.raises(NotFoundError):
                await standing_statement(s.store, s.settings, site, name)


async def test_what_was_taken_back_or_erased_has_none(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        back, gone = await hold(s, 2)
        page = at_the_page(s)
        for comment in (back, gone):
            await page.decide(SITE, ADA, comment, 2, Decision.REJECT, "insult")
        await page.undo(SITE, ADA, back, 3)
        await s.keeping.erase(SITE, gone, "key1")
        rows = await exported(s, statements=True)
        assert {row["statement"] for row in rows} == {None}
        assert [row["reasons"] for row in rows if row["id"] == gone] == [[], []]
        with pytest.raises(NotFoundError):
            await standing_statement(s.store, s.settings, SITE, back)


async def test_both_formats_say_the_same(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        (comment,) = await hold(s, 1)
        who = kit.person(comment, 2, Decision.REJECT, who="=cmd|' /C calc'!A0", reason="insult")
        await s.review.decide(who)
        rows = await exported(s, statements=True)
        lines = written_as("jsonl", statements=True)
        written = lines.head() + lines.lines(rows)
        assert [json.loads(line) for line in written.splitlines()] == rows
        table = written_as("csv", statements=True)
        cells = list(csv.reader(io.StringIO(table.head() + table.lines(rows), newline="")))
        assert cells[0] == [*COLUMNS, *STATEMENT]
        found = [dict(zip(cells[0], row, strict=True)) for row in cells[1:]]
        assert [row["id"] for row in found] == [comment] * 2
        assert found[1]["by_id"] == "'=cmd|' /C calc'!A0"
        assert found[1]["reasons"] == "person:insult"
        assert json.loads(found[0]["scores"]) == rows[0]["scores"]
        assert (found[0]["puid"], found[1]["puid"]) == ("", f"{comment}-3")
        assert found[1]["content_type"] == '["CONTENT_TYPE_TEXT"]'
        assert list(rows[1]["statement"]) == list(found[1])[-len(STATEMENT) :]


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("1970-01-02", "1970-01-02", Span(DAY, 2 * DAY)),
        ("1970-01-02T00:00:00Z", "1970-01-03T01:00:00+01:00", Span(DAY, 2 * DAY)),
        (None, "1970-01-01", Span(0, DAY)),
    ],
)
def test_a_time_is_days_counted_in_or_moments(
    since: str | None, until: str | None, found: Span
) -> None:
    assert span(since, until) == found


def test_without_an_end_it_is_until_now() -> None:
    assert span("2026-01-01", None).until > span("2026-01-01", None).since
    assert span(None, None).since == 0


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("yesterday", None),
        ("1969-12-31", None),
        ("2026-01-01T12:00:00", None),
        ("2026-02-01", "2026-01-31"),
        (None, "9999-12-31"),
        ("0000-01-01", None),
    ],
)
def test_what_is_no_time_is_refused(since: str | None, until: str | None) -> None:
    with pytest.raises(InvalidError):
        span(since, until)
