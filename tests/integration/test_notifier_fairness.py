"""Receivers side by side: one that never answers has its share of the callbacks and no more."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from tests.receiver import Receiver, receiving
from tests.service_kit import Service, one_decided, service, until

#: Nobody is given up on, and nothing happens because time passed.
SLOTS: dict[str, Any] = {
    "callbacks.concurrency": 6, "callbacks.per_origin": 2, "callbacks.timeout_s": 3600.0
}  # fmt: skip
IDLE_S = 3600.0


def allowing(*hooks: Receiver) -> dict[str, Any]:
    return {"callbacks.allow_private_hosts": tuple(f"127.0.0.1:{hook.port}" for hook in hooks)}


async def never(_: int) -> web.Response:
    await asyncio.Event().wait()
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
    twice = asyncio.Barrier(2)

    async def in_pairs(_: int) -> web.Response:
        await twice.wait()
        return web.Response(status=204)

    async with receiving(in_pairs) as hook, service(embedded_url, allowing(hook) | SLOTS) as s:
        await decided(s, hook, 60, "one")
        # Were it looked at only when nothing is new, the third would never be sent.
        s.run(s.notifier(idle_s=IDLE_S))
        await until(lambda: len(hook.accepted) == 60)
        assert hook.most_in_flight == 2
