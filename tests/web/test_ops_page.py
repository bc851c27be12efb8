"""The service's page: what it tells whom, and what it says where nobody can know."""

from __future__ import annotations

import re
import time

import pytest

from moderation.domain.people import Role
from moderation.services import recent
from moderation.store import keys, workers
from moderation.store.tallies import Tally
from moderation.web.review.ops.figures import figures
from tests.web.kit import Service
from tests.web.signing_in import browser, person

PATH = "/ops"


async def shown(service: Service, role: Role = Role.VIEWER) -> str:
    await person(service, role.value, role)
    async with browser(service) as one:
        await one.sign_in(role.value)
        page = await one.get(PATH)
        assert page.status == 200, page.text
        return page.text


def tile(page: str, name: str) -> str:
    found = re.search(rf"<dt>{name}</dt><dd>([^<]*)</dd>", page)
    assert found, name
    return found[1]


async def test_a_stranger_is_led_to_the_sign_in(idle: Service):
    async with browser(idle) as one:
        page = await one.get(PATH)
    assert (page.status, page.place) == (303, "/login?next=%2Fops")


async def test_a_viewer_sees_what_the_store_says(idle: Service):
    idle.context.metrics.stream_entries.labels("normal").set(7)
    idle.context.metrics.stream_entries.labels("bulk").set(1_200)
    idle.context.metrics.stream_oldest.labels("normal").set(90)
    idle.context.metrics.ready.labels("redis").set(1)
    idle.context.metrics.ready.labels("not_draining").set(0)
    page = await shown(idle)
    assert tile(page, "in the queue") == "1,207"
    assert tile(page, "oldest queued") == "90 s"
    assert tile(page, "policy of this site") == "default, version 1"
    assert "Redis: passes" in page
    assert "Not draining: fails" in page


async def test_while_the_store_is_away_it_says_that_nobody_knows(idle: Service):
    idle.context.metrics.forget_store()
    page = await shown(idle)
    assert tile(page, "held for a person") == tile(page, "in the queue") == "unknown"


async def test_a_worker_is_counted(service: Service):
    await service.submit()
    assert tile(await shown(service), "workers") == "1"


async def test_a_worker_that_is_gone_or_says_nothing_is_not_counted(
    idle: Service, monkeypatch: pytest.MonkeyPatch
):
    store = idle.context.store
    await workers.here(store, "worker-1")
    await workers.here(store, "worker-2")
    assert await workers.count(store) == 2
    await workers.gone(store, "worker-1")
    assert await workers.count(store) == 1
    later = time.time() + workers.SILENT_S + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert await workers.count(store) == 0
    await workers.here(store, "worker-3")
    assert await store.redis.zrange(keys.WORKERS, 0, -1) == ["worker-3"]


async def test_what_was_decided_today_is_told(service: Service):
    await service.submit()
    page = await shown(service)
    rows = re.findall(r'<th scope="row">(approved|held) by a machine</th><td>(\d+)</td>', page)
    assert sum(int(count) for _, count in rows) == 1


async def test_the_page_carries_nothing_inline(idle: Service):
    page = await shown(idle)
    assert page.count("<svg") == page.count('role="img"') == page.count("<table>") > 0
    for inline in ("style=", "<style", "<script>", "onclick"):
        assert inline not in page


def test_every_picture_has_its_table_and_the_newest_moment_is_in_it():
    samples = [
        recent.Sample(at, {"requests": at, "hold": at}, {"queued": at}) for at in range(0, 9000, 30)
    ]
    drawn = figures(samples, Tally(0))
    assert all(figure.picture for figure in drawn)
    for figure in drawn:
        assert 5 <= len(figure.rows) <= 24
        assert {len(row) for row in figure.rows} == {len(figure.head)}
    [queue] = [figure for figure in drawn if figure.title == "Comments in the queue"]
    assert queue.rows[-1] == ("02:29:30", "8,970")


def test_rates_are_what_was_counted_between_two_moments():
    samples = [
        recent.Sample(0, {"requests": 10}, {"held": 1}),
        recent.Sample(30, {"requests": 40}, {}),
        recent.Sample(60, {}, {"held": 3}),
    ]
    assert recent.rates(samples, "requests") == [(30, 1.0), (60, 0.0)]
    assert recent.rates(samples, "requests", 60) == [(30, 60.0), (60, 0.0)]
    assert recent.levels(samples, "held") == [(0, 1), (30, None), (60, 3)]
