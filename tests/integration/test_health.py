"""Readiness and gauges, and everybody's life while the store is away."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from moderation.domain.errors import StoreDownError
from moderation.domain.people import Person, Role
from moderation.services.reviewing import Reviewing
from moderation.store.embedded import EmbeddedServer
from tests import service_kit as kit
from tests.receiver import receiving
from tests.service_kit import SITE, Service, service, until


async def test_readiness_follows_redis_the_model_and_draining(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        assert await s.health.ready() == {"redis": True, "not_draining": True, "model": False}
        assert await s.health.started() == {"redis": True, "model": False}
        await s.work()
        assert await s.health.ready() == {"redis": True, "not_draining": True, "model": True}
        assert await s.health.started() == {"redis": True, "model": True}
        s.health.draining = True
        assert (await s.health.ready())["not_draining"] is False
        assert [s.count("ready", check=c) for c in ("redis", "model", "not_draining")] == [1, 1, 0]


async def test_gauges_tell_of_queue_held_callbacks_and_policy(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        ids = await s.submit_all(kit.texts(3) + kit.texts(2, held=True))
        measuring = s.run(s.health)
        await until(lambda: s.count("stream_entries", stream="n") == 5)
        assert s.count("stream_group_lag_entries", stream="n") == 5
        assert s.count("policy_threshold_ratio", label="insult") == 0.5
        await s.work()
        await s.decided(ids)
        await s.crash(measuring)
        s.run(s.health)
        await until(lambda: s.count("held_comments") == 2)
        assert s.count("held_items", reason="score_over_threshold") == 2
        assert (
            s.count("held_items", reason="unscored") == s.count("held_items", reason="other") == 0
        )
        assert s.count("stream_entries", stream="n") == 0
        assert s.count("held_oldest_seconds") > 0
        urgent = [s.count("held_priority_seconds", share=q) for q in ("0.5", "0.9", "1.0")]
        assert 0.5 * 6 * 3600 < urgent[0] <= urgent[1] <= urgent[2] < 6 * 3600 + kit.PATIENCE_S
        page = Reviewing(s.store, s.settings, s.book, s.metrics)
        await page.escalate(SITE, Person("p_ada", "Ada", Role.MODERATOR), ids[3], 2)
        s.metrics.held_comments.set(0)
        s.run(s.health)
        await until(
            lambda: s.count("held_comments") == 2
        )  # whoever is asked, it still waits for a person
        assert s.count("model_info", name="faulty", version="1") == 1


async def test_everybody_survives_a_store_that_is_away_and_goes_on(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "data")
    try:
        async with receiving() as hook, service(await server.start(), hook.allowed) as s:
            await s.work()
            parts = [*s.tasks, *(s.run(part) for part in (s.notifier(), s.health, s.keeping))]
            before = await s.submit(kit.texts(1)[0], "before", callback_url=hook.url)
            await s.decided([before["id"]])
            waiting = asyncio.create_task(s.submit("please hang", "long", wait_s=kit.PATIENCE_S))
            for number in range(3):
                await away(server, s)
                after = await survived(s, f"after-{number}", hook.url)
                assert (await s.decided([after]))[0]["decision"] == "approve"
            assert not any(part.done() for part in parts)
            await until(lambda: len({call.comment for call in hook.accepted}) == 4)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            assert s.count("redis_errors_total", reason="connection") > 0
    finally:
        await server.stop()


async def away(server: EmbeddedServer, s: Service) -> None:
    """Kill the server, and see that it is missed."""
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    await until(lambda: unready(s))


async def is_ready(s: Service) -> bool:
    return (await s.health.ready())["redis"]


async def unready(s: Service) -> bool:
    return not await is_ready(s)


async def survived(s: Service, name: str, hook: str) -> str:
    """Submit as a caller does that is told to try again later."""
    accepted: list[str] = []

    async def tried() -> bool:
        try:
            answer = await s.submit(kit.texts(1)[0], name, callback_url=hook)
        except StoreDownError:
            return False
        accepted.append(answer["id"])
        return True

    await until(tried)
    await until(lambda: is_ready(s))
    return accepted[0]


async def test_a_caller_who_waits_is_woken_after_the_store_came_back(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "data")
    try:
        async with service(await server.start()) as s:
            answer = await s.submit(kit.texts(1)[0], "1")
            looking = asyncio.create_task(s.intake.look(SITE, answer["id"], kit.PATIENCE_S))
            await asyncio.sleep(0.1)
            await away(server, s)
            await until(lambda: is_ready(s))
            await s.work()
            found = await looking
            assert found["status"] == "decided"
    finally:
        await server.stop()
