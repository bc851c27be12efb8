"""Which addresses callbacks reach: none on the inside that is not listed."""

from __future__ import annotations

import pytest

from tests.receiver import receiving
from tests.service_kit import one_decided, service, until


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "169.254.169.254",
        "localhost", "127.1", "0x7f000001", "2130706433", "0.0.0.0", "[::]", "10.0.0.1",
        "[fd00::1]", "[64:ff9b::7f00:1]",
    ],
)  # fmt: skip
async def test_private_addresses_are_refused(embedded_url: str, host: str) -> None:
    async with receiving() as hook, service(embedded_url, {"callbacks.backoff_s": (60.0,)}) as s:
        s.run(s.notifier())
        await one_decided(s, f"http://{host}:{hook.port}/hook")
        await until(lambda: s.count("callback_duration_seconds_count") == 1)
        # A spelling that is no canonical address is not even looked up.
        result = "unreachable" if host in {"127.1", "2130706433"} else "address_refused"
        assert s.count("callbacks_total", result=result) == 1
        assert hook.heard == []


@pytest.mark.parametrize(
    ("listed", "host"),
    [
        ("127.0.0.1:{port}", "127.0.0.1"),
        ("127.0.0.0/8", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("LocalHost:{port}", "localhost"),
        ("127.0.0.0/8", "localhost"),
    ],
)
async def test_listed_private_addresses_are_called(
    embedded_url: str, listed: str, host: str
) -> None:
    async with receiving() as hook:
        allowed = {"callbacks.allow_private_hosts": (listed.format(port=hook.port),)}
        async with service(embedded_url, allowed) as s:
            s.run(s.notifier())
            await one_decided(s, f"http://{host}:{hook.port}/hook")
            await until(lambda: len(hook.accepted) == 1)


async def test_a_listed_host_is_no_other_port(embedded_url: str) -> None:
    async with (
        receiving() as hook,
        service(embedded_url, {"callbacks.allow_private_hosts": ("127.0.0.1:1",)}) as s,
    ):
        s.run(s.notifier())
        await one_decided(s, hook.url)
        await until(lambda: s.count("callbacks_total", result="address_refused") == 1)
        assert hook.heard == []
