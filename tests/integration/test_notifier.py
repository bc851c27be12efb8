"""The notifier against receivers that accept, fail, stall, redirect and lie.

Every callback is verified with PyPI `standardwebhooks`; none ever holds a text.
"""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from moderation.domain.decision import Decision
from moderation.domain.errors import NotFoundError
from moderation.store import outbox
from tests import service_kit as kit
from tests.receiver import receiving
from tests.service_kit import OTHER_SITE, SITE, Service, one_decided, service, until

DECISIONS = (Decision.APPROVE, Decision.REJECT, Decision.HOLD)


async def decide_all(s: Service, comment: str, version: int = 2) -> None:
    """Have a person decide three times: versions 3, 4 and 5."""
    for step, decision in enumerate(DECISIONS):
        await s.review.decide(kit.person(comment, version + step, decision))


async def test_callbacks_are_signed_and_say_what_was_decided(embedded_url: str) -> None:
    async with receiving() as hook, service(embedded_url, hook.allowed) as s:
        await s.work()
        s.run(s.notifier())
        texts = kit.texts(10) + kit.texts(10, held=True)
        ids = await s.submit_all(texts, callback_url=hook.url)
        answers = await s.decided(ids)
        await until(lambda: len(hook.heard) == len(texts))
        assert {call.id for call in hook.heard} == {f"{one}.2" for one in ids}
        assert {call.event["type"] for call in hook.heard} == {"comment.decided"}
        by_id = {call.event["data"]["id"]: call.event for call in hook.heard}
        for answer in answers:
            assert by_id[answer["id"]]["data"] == answer
            assert by_id[answer["id"]]["timestamp"] == answer["decided_at"]
        assert not any(text in call.body for call in hook.heard for text in texts)
        await until(lambda: is_all_settled(s))
        assert s.count("callbacks_total", result="delivered") == len(texts)


async def test_one_in_flight_a_comment_in_order_through_failures(embedded_url: str) -> None:
    async def two_in_three(call: int) -> web.Response:
        await asyncio.sleep(0.02)
        return web.Response(status=204 if call % 3 else 503)

    async with receiving(two_in_three) as hook, service(embedded_url, hook.allowed) as s:
        for _ in range(2):
            s.run(s.notifier())
        ids = [await one_decided(s, hook.url, str(number)) for number in range(8)]
        for comment in ids:
            await decide_all(s, comment)
        await until(lambda: len(hook.accepted) == 4 * len(ids))
        for comment in ids:
            versions = [call.version for call in hook.accepted if call.comment == comment]
            assert versions == [2, 3, 4, 5]
            attempts = [call.version for call in hook.heard if call.comment == comment]
            assert attempts == sorted(attempts)
        assert hook.most_at_once == 1
        await until(lambda: is_all_settled(s))


@pytest.mark.parametrize(
    ("status", "headers", "result"),
    [
        (500, {}, "failed"),
        (503, {"Retry-After": "0"}, "failed"),
        (404, {}, "refused"),
        (301, {"Location": "/elsewhere"}, "refused"),
        (307, {"Location": "http://127.0.0.1:1/"}, "refused"),
        (304, {}, "refused"),
        (429, {"Retry-After": "²"}, "refused"),
        (429, {"Retry-After": "Mon, 01 Jan 0001 00:00:00 GMT"}, "refused"),
    ],
)
async def test_what_is_not_2xx_is_sent_again_under_the_same_id(
    embedded_url: str, status: int, headers: dict[str, str], result: str
) -> None:
    async def twice(call: int) -> web.Response:
        return (
            web.Response(status=204) if call == 3 else web.Response(status=status, headers=headers)
        )

    async with receiving(twice) as hook, service(embedded_url, hook.allowed) as s:
        s.run(s.notifier())
        comment = await one_decided(s, hook.url)
        await until(lambda: len(hook.accepted) == 1)
        assert [call.id for call in hook.heard] == [f"{comment}.2"] * 3
        assert hook.paths == {"/hook"}
        await until(lambda: s.count("callbacks_total", result="delivered") == 1)
        assert s.count("callbacks_total", result=result) == 2


async def test_a_receiver_may_only_ask_for_more_patience(embedded_url: str) -> None:
    async def later(call: int) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "3600"})

    async with receiving(later) as hook, service(embedded_url, hook.allowed) as s:
        s.run(s.notifier())
        await one_decided(s, hook.url)
        await until(lambda: is_put_off(s, 3000))
        assert len(hook.heard) == 1


async def test_gone_is_given_up_at_once_and_the_next_one_goes_out(embedded_url: str) -> None:
    async def gone_once(call: int) -> web.Response:
        return web.Response(status=410 if call == 1 else 204)

    async with receiving(gone_once) as hook, service(embedded_url, hook.allowed) as s:
        s.run(s.notifier())
        comment = await one_decided(s, hook.url)
        await until(lambda: s.count("callbacks_total", result="gone") == 1)
        await s.review.decide(kit.person(comment, 2, Decision.REJECT))
        await until(lambda: [call.version for call in hook.accepted] == [3])
        [dead] = await s.listing.failed_callbacks(SITE, 10)
        assert (dead["comment"], dead["version"]) == (comment, 2)


async def test_given_up_after_the_schedule_and_sent_again_on_request(embedded_url: str) -> None:
    async def down_at_first(call: int) -> web.Response:
        return web.Response(status=204 if call > 3 else 500)

    changes = {"callbacks.backoff_s": (0.01, 0.01)}
    async with (
        receiving(down_at_first) as hook,
        service(embedded_url, {**hook.allowed, **changes}) as s,
    ):
        s.run(s.notifier())
        comment = await one_decided(s, hook.url)
        await until(lambda: dead_letters(s, 1))
        assert len(hook.heard) == 3
        [dead] = await s.listing.failed_callbacks(SITE, 10)
        assert dead["id"] == f"{comment}.2"
        assert await s.listing.failed_callbacks(OTHER_SITE, 10) == []
        for site, callback in (
            (OTHER_SITE, dead["id"]), (SITE, f"{comment}.3"), (SITE, f"{comment}.{'9' * 5000}"),
            (SITE, f"{comment}.²"), (SITE, comment), (SITE, ".2"), (SITE, ""),
        ):  # fmt: skip
            with pytest.raises(NotFoundError):
                await s.listing.retry_callback(site, callback)
        await s.listing.retry_callback(SITE, dead["id"])
        await until(lambda: len(hook.accepted) == 1)
        assert {call.id for call in hook.heard} == {dead["id"]}
        assert await s.listing.failed_callbacks(SITE, 10) == []


async def test_a_timeout_is_tried_again(embedded_url: str) -> None:
    async def slow_at_first(call: int) -> web.Response:
        await asyncio.sleep(kit.PATIENCE_S if call == 1 else 0)
        return web.Response(status=204)

    async with (
        receiving(slow_at_first) as hook,
        service(embedded_url, {**hook.allowed, "callbacks.timeout_s": 0.5}) as s,
    ):
        s.run(s.notifier())
        await one_decided(s, hook.url)
        await until(lambda: len(hook.accepted) == 1)
        assert s.count("callbacks_total", result="timeout") == 1
        assert len({call.id for call in hook.heard}) == 1


@pytest.mark.parametrize("kind", ["endless", "stalled", "broken"])
async def test_the_status_counts_whatever_the_body_does(embedded_url: str, kind: str) -> None:
    async with (
        receiving(body=kind) as hook,
        service(embedded_url, {**hook.allowed, "callbacks.timeout_s": 1.0}) as s,
    ):
        s.run(s.notifier())
        await one_decided(s, hook.url)
        await until(lambda: s.count("callbacks_total", result="delivered") == 1)
        assert len(hook.heard) == 1
        assert hook.sent_bytes < 64 << 20


async def test_draining_settles_what_is_in_flight_and_sends_nothing_more(
    embedded_url: str,
) -> None:
    async def slow(call: int) -> web.Response:
        await asyncio.sleep(0.5)
        return web.Response(status=204)

    async with (
        receiving(slow) as hook,
        service(embedded_url, {**hook.allowed, "callbacks.concurrency": 2}) as s,
    ):
        notifier = s.notifier()
        running = s.run(notifier)
        for number in range(6):
            await one_decided(s, hook.url, str(number))
        await until(lambda: len(hook.heard) >= 2)
        notifier.stop()
        async with asyncio.timeout(kit.PATIENCE_S):
            await running
        sent = len(hook.heard)
        assert s.count("callbacks_total", result="delivered") == sent
        assert (await outbox.counts(s.store))[0] == 6 - sent
        assert hook.most_in_flight <= 2
        s.run(s.notifier())
        await until(lambda: len({call.id for call in hook.accepted}) == 6)
        assert len(hook.heard) == 6


async def test_a_lost_notifier_s_callbacks_are_sent_by_another(embedded_url: str) -> None:
    async def never(call: int) -> web.Response:
        await asyncio.sleep(kit.PATIENCE_S if call == 1 else 0)
        return web.Response(status=204)

    async with (
        receiving(never) as hook,
        service(embedded_url, {**hook.allowed, "callbacks.timeout_s": 0.4}) as s,
    ):
        lost = s.run(s.notifier())
        await one_decided(s, hook.url)
        await until(lambda: len(hook.heard) == 1)
        await s.crash(lost)
        s.run(s.notifier())
        await until(lambda: len(hook.accepted) == 1)
        assert len({call.id for call in hook.heard}) == 1


async def test_a_site_without_a_secret_has_nothing_sent_unsigned(embedded_url: str) -> None:
    changes = {f"sites.{OTHER_SITE}.callback_secrets": (), "callbacks.backoff_s": (0.01,)}
    async with receiving() as hook, service(embedded_url, {**hook.allowed, **changes}) as s:
        s.run(s.notifier())
        await one_decided(s, hook.url, site=OTHER_SITE)
        await until(lambda: dead_letters(s, 1))
        assert s.count("callbacks_total", result="no_secret") == 2
        assert hook.heard == []


async def test_an_erased_comment_is_announced_no_more(embedded_url: str) -> None:
    async with receiving() as hook, service(embedded_url, hook.allowed) as s:
        comment = await one_decided(s, hook.url)
        await s.keeping.erase(SITE, comment, "key1")
        other = await one_decided(s, hook.url, "2")
        s.run(s.notifier())
        await until(lambda: len(hook.accepted) == 1)
        assert {call.comment for call in hook.heard} == {other}
        await until(lambda: is_all_settled(s))


async def test_a_decision_that_is_held_back_can_be_followed_by_another(embedded_url: str) -> None:
    async with (
        receiving() as hook,
        service(embedded_url, {**hook.allowed, "callbacks.hold_back_s": 600.0}) as s,
    ):
        s.run(s.notifier())
        comment = await one_decided(s, hook.url)
        await s.review.decide(kit.person(comment, 2, Decision.REJECT))
        assert await outbox.counts(s.store) == (1, 0)
        assert hook.heard == []


async def is_all_settled(s: Service) -> bool:
    return await outbox.counts(s.store) == (0, 0)


async def is_put_off(s: Service, seconds: float) -> bool:
    [(_, due)] = await s.store.redis.zrange("{s0}:out", 0, -1, withscores=True)
    now, _ = await s.store.redis.time()
    return bool(due / 1000 - now > seconds)


async def dead_letters(s: Service, count: int) -> bool:
    return (await outbox.counts(s.store))[1] == count
