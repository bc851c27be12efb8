"""Receivers side by side: one that never answers has its share of the callbacks and no more."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from tests.receiver import Receiver, receiving
from tests.service_kit import PATIENCE_S, Service, one_decided, service, until

SLOTS: dict[str, Any] = {"callbacks.concurrency": 6, "callbacks.per_origin": 2}


def allowing(*hooks: Receiver) -> dict[str, Any]:
    return {"callbacks.allow_private_hosts": tuple(f"127.0.0.1:{hook.port}" for hook in hooks)}


async def never(_: int) -> web.Response:
    await asyncio.sleep(PATIENCE_S)
    return web.Response(status=204)


async def decided(s: Service, hook: Receiver, count: int, name: str) -> None:
    for number in range(count):
        await one_decided(s, hook.url, f"{name}-{number}")


async def test_a_dead_receiver_holds_up_nobody_else_s(embedded_url: str) -> None:
    async with (
        receiving(never) as dead,
        receiving() as one,
        receiving() as another,
        service(embedded_url, allowing(dead, one, another) | SLOTS) as s,
    ):
        await decided(s, dead, 30, "dead")
        s.run(s.notifier())
        await until(lambda: dead.most_in_flight == 2)
        await decided(s, one, 20, "one")
        await decided(s, another, 20, "another")
        await until(lambda: len(one.accepted) == len(another.accepted) == 20)
        assert dead.most_in_flight == len(dead.heard) == 2
        assert max(one.most_in_flight, another.most_in_flight) <= 2


async def test_one_receiver_is_sent_all_of_its_own_without_a_pause(embedded_url: str) -> None:
    async def soon(_: int) -> web.Response:
        await asyncio.sleep(0.01)
        return web.Response(status=204)

    async with receiving(soon) as hook, service(embedded_url, allowing(hook) | SLOTS) as s:
        await decided(s, hook, 60, "one")
        s.run(s.notifier())
        # Were it looked at once a second only, this would take half a minute.
        async with asyncio.timeout(PATIENCE_S / 3):
            await until(lambda: len(hook.accepted) == 60)
        assert hook.most_in_flight == 2
