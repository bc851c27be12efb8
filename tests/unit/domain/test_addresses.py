"""Which addresses a callback may reach."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from moderation.domain.addresses import may_call


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"]
)
def test_public_addresses_may_be_called(address: str) -> None:
    assert may_call(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255",
        "192.168.0.1", "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1",
        "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1",
        "2002:7f00:1::", "2001::1",
    ],
)  # fmt: skip
def test_all_others_may_not(address: str) -> None:
    assert not may_call(address)


@pytest.mark.parametrize("address", ["", "localhost", "1.1.1", "1.1.1.1:80", "[::1]", "01.1.1.1"])
def test_what_is_no_address_may_not_be_called(address: str) -> None:
    assert not may_call(address)
    assert not may_call(address, (ip_network("0.0.0.0/0"), ip_network("::/0")))


def test_a_listed_network_may_be_called_and_nothing_beside_it() -> None:
    allowed = (ip_network("10.0.0.0/8"), ip_network("fd00::/16"), ip_network("192.168.1.7"))
    for address in ("10.200.0.1", "::ffff:10.200.0.1", "fd00::1", "192.168.1.7"):
        assert may_call(address, allowed)
    for address in ("192.168.1.8", "fd01::1", "127.0.0.1", "::a00:1"):
        assert not may_call(address, allowed)
